"use strict";
(() => {
  const tip = document.getElementById("tip");
  let shown = null;

  const takeTitles = () => {
    for (const title of document.querySelectorAll("svg title")) {
      const owner = title.parentNode;
      owner.dataset.tip = title.textContent;
      if (!owner.hasAttribute("aria-label")) owner.setAttribute("aria-label", title.textContent);
      title.remove();
    }
  };

  const place = (x, y) => {
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, x + 14), innerWidth - box.width - 8);
    const top = y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  };
  const hide = () => {
    if (shown) shown.classList.remove("on");
    shown = null;
    tip.classList.remove("on");
  };
  const show = (event) => {
    const owner = event.target.closest ? event.target.closest("[data-tip]") : null;
    if (!owner) return hide();
    if (owner !== shown) {
      hide();
      shown = owner;
      owner.classList.add("on");
      tip.textContent = owner.dataset.tip;
      tip.classList.add("on");
    }
    place(event.clientX, event.clientY);
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", hide, { passive: true });

  const layMap = () => {
    for (const map of document.querySelectorAll("[data-edges]")) {
      const widths = map.closest("section").querySelector("button.widths");
      const edges = JSON.parse(map.dataset.edges);
      const percent = (share) => `${(100 * share).toFixed(3)}%`;
      let kind = "even";
      const lay = () => {
        const at = edges[kind];
        for (const box of map.querySelectorAll("[data-first]")) {
          const first = at[box.dataset.first], beyond = at[box.dataset.beyond];
          box.setAttribute("x", percent(first));
          box.setAttribute("width", percent(beyond - first));
        }
        for (const label of map.querySelectorAll("[data-column]")) {
          const column = Number(label.dataset.column);
          label.setAttribute("x", percent((at[column] + at[column + 1]) / 2));
          label.style.display = kind === "even" || at[column + 1] - at[column] > 0.03 ? "" : "none";
        }
        widths.textContent = kind === "even" ? "by time" : "by operator";
      };
      widths.hidden = !edges.time.length;
      widths.addEventListener("click", () => {
        kind = kind === "even" ? "time" : "even";
        lay();
      });
    }
  };

  const sortCycles = () => {
    for (const sort of document.querySelectorAll("button.sort")) {
      const body = sort.closest("section").querySelector("tbody");
      let slowest = false;
      sort.hidden = false;
      sort.addEventListener("click", () => {
        slowest = !slowest;
        const key = slowest ? (row) => -row.dataset.cycles : (row) => Number(row.dataset.index);
        body.append(...[...body.rows].sort((a, b) => key(a) - key(b)));
        sort.textContent = slowest ? "in order" : "slowest first";
      });
    }
  };

  const enliven = () => {
    takeTitles();
    layMap();
    sortCycles();
  };
  enliven();
  document.addEventListener("shown", enliven);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
})();
