"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const key = location.hash.slice(1);
  let model = null;
  let known = null;
  let asking = null;
  let soon = 0;

  const say = (words) => { at("status").textContent = words; };
  const complain = (words) => {
    at("trouble").textContent = words;
    at("trouble").hidden = !words;
    if (words) say("");
  };

  const ask = async (what, query, body, signal) => {
    let answer;
    try {
      answer = await fetch(`/ask/${what}?${query}`, {
        method: "POST", body, signal, credentials: "omit", headers: { Authorization: `Bearer ${key}` },
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      const read = body ? await body.slice(0, 1).arrayBuffer().then(() => true, () => false) : true;
      throw new Error(read ? "The server has ended. Start 'microinfer serve' again."
        : "The file cannot be read any more: it was changed or moved, or it is a folder. Drop it again.");
    }
    if ((answer.headers.get("content-type") || "").startsWith("application/json")) {
      const said = await answer.json();
      if (said.error) throw new Error(said.error);
      return said;
    }
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return answer;
  };

  const chosen = () => [...at("others").querySelectorAll("input")].filter((box) => box.checked);
  const query = () => {
    const pairs = new URLSearchParams();
    const set = (name, value) => { if (value) pairs.append(name, value); };
    set("name", model.file ? model.file.name : "");
    set("zoo", model.zoo);
    for (const name of ["part", "library", "build", "arena"]) set(name, at(name).value);
    if (at("run").checked) pairs.append("run", "1");
    const boxes = chosen();
    if (boxes.length < known.parts.length) {
      pairs.append("beside", "");
      for (const box of boxes) pairs.append("beside", box.value);
    }
    return pairs;
  };

  const show = async () => {
    if (!model || !known) return;
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    at("report").setAttribute("aria-busy", "true");
    say("working …");
    try {
      const answer = await ask("page", query(), model.file, mine.signal);
      const text = await answer.text();
      if (mine.signal.aborted) return;
      const made = new DOMParser().parseFromString(text, "text/html");
      const open = [...at("report").querySelectorAll("details")].map((one) => one.open);
      at("report").replaceChildren(...made.body.childNodes);
      at("report").querySelectorAll("details").forEach((one, place) => { one.open = Boolean(open[place]); });
      document.dispatchEvent(new Event("shown"));
      const verdict = at("report").querySelector(".badge").textContent;
      document.title = `${verdict}: ${at("report").querySelector("h1").textContent} on ${at("part").value}`;
      complain("");
      say(`${verdict} on ${at("part").value}.`);
      at("export").disabled = at("save").disabled = false;
    } catch (error) {
      if (error.name === "AbortError" || mine.signal.aborted) return;
      at("report").replaceChildren();
      at("export").disabled = at("save").disabled = true;
      document.title = "microinfer";
      complain(error.message);
    }
    if (mine === asking) at("report").removeAttribute("aria-busy");
  };
  const later = () => {
    clearTimeout(soon);
    soon = setTimeout(show, 120);
  };

  const take = (found) => {
    model = found;
    at("dropped").textContent = found ? found.zoo || found.file.name : "Drop a .tflite here, or choose one";
    at("zoo").value = found && found.zoo ? found.zoo : "";
    show();
  };
  const takeFiles = (files) => {
    if (!files.length) return;
    complain("");
    const [file] = files;
    if (known && file.size > known.most_bytes) {
      complain(`${file.name}: ${file.size.toLocaleString("en")} bytes, expected at most ` +
        `${known.most_bytes.toLocaleString("en")}.`);
      return;
    }
    take({ file });
    if (files.length > 1) say(`${files.length} files were dropped; the first is shown.`);
  };

  const download = async (what, words, extra) => {
    say(words);
    const pairs = query();
    for (const [name, value] of extra) pairs.append(name, value);
    try {
      const answer = await ask(what, pairs, model.file);
      const told = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("content-disposition") || "");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = told ? decodeURIComponent(told[1]) : "microinfer";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      complain("");
      say(`${link.download} is saved.`);
    } catch (error) {
      complain(error.message);
    }
  };

  const options = (select, pairs, wanted) => {
    select.replaceChildren(...pairs.map(([value, words]) => new Option(words, value)));
    select.value = pairs.some(([value]) => value === wanted) ? wanted : "";
  };
  const offer = () => {
    const part = known.parts.find((one) => one.name === at("part").value);
    options(at("library"), [["", `usual: ${part.library}`], ...part.libraries.map((name) => [name, name])],
      at("library").value);
    options(at("build"), [["", `usual: -${part.build}`], ...known.builds.map((name) => [name, `-${name}`])],
      at("build").value);
  };
  const count = () => {
    const all = known.parts.length, some = chosen().length;
    at("how-many").textContent = some === all ? "all parts and boards" : some ? `${some} of ${all}` : "none";
  };
  const tick = (which) => {
    for (const box of at("others").querySelectorAll("input")) box.checked = which(box);
    count();
    later();
  };

  const start = async () => {
    if (!key) {
      complain("This address lacks its key: open the whole one that the terminal shows.");
      return;
    }
    try {
      known = await ask("catalogue", "");
    } catch (error) {
      complain(error.message);
      return;
    }
    for (const [kind, words] of [["board", "Boards"], ["part", "Parts"]]) {
      const group = document.createElement("optgroup");
      group.label = words;
      for (const part of known.parts.filter((one) => one.kind === kind)) {
        const option = new Option(part.name, part.name, false, part.name === known.part);
        option.title = part.title;
        group.append(option);
        const label = document.createElement("label");
        const box = document.createElement("input");
        Object.assign(box, { type: "checkbox", value: part.name, checked: true });
        box.dataset.kind = kind;
        label.title = part.title;
        label.append(box, ` ${part.name}`);
        at("others").append(label);
      }
      at("part").append(group);
    }
    at("zoo").append(...known.zoo.map((name) => new Option(name, name)));
    offer();
    if (model) show();
  };

  at("file").addEventListener("change", () => takeFiles(at("file").files));
  at("zoo").addEventListener("change", () => { if (at("zoo").value) take({ zoo: at("zoo").value }); });
  at("part").addEventListener("change", () => { offer(); show(); });
  for (const name of ["library", "build", "run"]) at(name).addEventListener("change", show);
  at("arena").addEventListener("input", later);
  at("others").addEventListener("change", () => { count(); later(); });
  at("all").addEventListener("click", () => tick(() => true));
  at("boards").addEventListener("click", () => tick((box) => box.dataset.kind === "board"));
  at("none").addEventListener("click", () => tick(() => false));
  at("export").addEventListener("click", () => download("export", "exporting …", []));
  at("save").addEventListener("click", () => download("page", "saving …", [["whole", "1"]]));
  at("ask").addEventListener("submit", (event) => { event.preventDefault(); show(); });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      at("drop").classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) at("drop").classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    at("drop").classList.remove("over");
    takeFiles(event.dataTransfer.files);
  });
  start();
})();
