"""Will it run? Everything that can be said about a model on a part before it is flashed.

    import microinfer
    report = microinfer.check("kws.tflite", "nucleo-l4r5zi")
    for finding in report.findings:
        print(finding.severity, finding.rule, finding.place, finding.cause, finding.remedy)

Every rule has a stable name, and its docstring is its documentation: `microinfer check --explain all`.
Nothing here runs the model or imports numba.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..deploy.common import Common
from ..deploy.deployment import deploy
from ..errors import FormatError, InputError, ModelError, Reason, UnsupportedError
from ..model.read import load
from ..model.tables import Model
from ..operators.release import Release, find_release
from ..parts.profile import Profile, load_profile
from ..words.dataclass import dataclass
from .check_report import CheckReport, Suggestion
from .finding import SEVERITIES, Finding, Severity, Trouble
from .limits import Limits, Measure
from .operator_support import operators_needed
from .rule import expect_rule, rules
from .subject import Resolver, Subject, make_subject

__all__ = [
    "CheckReport",
    "Finding",
    "Limits",
    "Measure",
    "Resolver",
    "Severity",
    "Source",
    "check",
    "missing_source",
    "open_source",
]

LONGEST_NAME = 60
_LONG_NAME = re.compile(r"(?<=[ (])'[^']{64,}'(?=[ ),:;.]|$)")
"""A tensor's name that holds those of all layers that were fused into it."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A model to check, prepared once for every part, or why it cannot be read."""

    name: str
    path: str
    common: Common | None
    error: ModelError | InputError | None = None

    @property
    def model(self) -> str:
        """The model's own name."""
        return self.name if self.common is None else self.common.model.name


def open_source(source: str | os.PathLike[str] | bytes | Model, path: str = "") -> Source:
    """Load and prepare a model; a file that cannot be read is no exception here, but a finding later.

    Args:
        path: what to call it in reports, where that is not the source itself.

    Raises:
        InputError: no such file.
    """
    if not path and isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
    try:
        model = load(source)
    except ModelError as error:
        return Source(Path(path).stem or "model", path, None, error)
    return Source(model.name or "model", path, Common(model))


def missing_source(path: str, error: InputError) -> Source:
    """What was to be checked among others and cannot be opened: a finding, so that the others are told."""
    return Source(Path(path).stem or "model", path, None, error)


def check(
    source: str | os.PathLike[str] | bytes | Model | Source,
    profile: str | os.PathLike[str] | Profile = "cortex-m4",
    library: str | None = None,
    *,
    release: str | Release | None = None,
    limits: Limits | None = None,
    resolver: Resolver | None = None,
    disable: Iterable[str] = (),
    strict: bool = False,
) -> CheckReport:
    """Check a model against a part and the user's budgets.

    Args:
        library: kernel library; the part's own where it is None.
        release: of TFLM; default that of the truth files.
        resolver: the firmware's MicroMutableOpResolver, if it is to be checked too.
        disable: names of rules that are left out.
        strict: warnings fail the check too.

    Raises:
        InputError: no such file, library, release or rule.
        ProfileError: no such profile.
    """
    known = rules()
    left_out = tuple(dict.fromkeys(expect_rule(name, known) for name in disable))
    part = profile if isinstance(profile, Profile) else load_profile(profile)
    chosen = part.choose_library(library)
    opened = source if isinstance(source, Source) else open_source(source)
    emulated = find_release(release)
    if opened.common is None:
        assert opened.error is not None
        return _unreadable(opened, opened.error, part, chosen, emulated, left_out, strict)
    subject = make_subject(deploy(opened.common, part, chosen, emulated), limits or Limits(), resolver)
    model = subject.model
    findings = _run(subject, left_out)
    undecided = (*_left_out(subject, left_out), *_not_known(subject))
    return CheckReport(
        model=opened.name,
        path=opened.path,
        sha256=model.sha256,
        bytes=model.size_bytes,
        operators=len(subject.nodes),
        profile=part.name,
        title=part.title,
        library=chosen,
        release=emulated.title,
        build=str(part.build),
        findings=findings,
        measures=subject.measures,
        suggestions=_suggestions(subject),
        operators_needed=operators_needed(subject),
        disabled=left_out,
        strict=strict,
        undecided=undecided,
    )


BUDGETS = frozenset(
    {
        "arena-exceeds-budget",
        "arena-unknown",
        "cost-unknown",
        "energy-exceeded",
        "flash-exceeds-budget",
        "latency-exceeded",
        "stack-exceeded",
    }
)
"""Rules that ask for the user's limits: whoever leaves them out has none."""


def _left_out(subject: Subject, names: tuple[str, ...]) -> Iterator[str]:
    """Disabled rules that would have said that it does not run or fit, or that nobody knows."""
    known = rules()
    for name in names:
        if name not in BUDGETS:
            found = [trouble.severity or known[name].severity for trouble in known[name].run(subject)]
            if not {"error", "unknown"}.isdisjoint(found):
                yield f"{name} is disabled, and has something to say that decides"


def _not_known(subject: Subject) -> Iterator[str]:
    """Memories whose need nobody knows, so that nobody can say that it fits."""
    for name in ("ram", "flash"):
        found = subject.measured(name)
        if found.outcome == "unknown":
            yield f"{name} is known {found.counted}" if found.counted else f"{name} is not known"


def _suggestions(subject: Subject) -> tuple[Suggestion, ...]:
    """Changes that would meet the limits; sought only where one is missed."""
    if not any(found.outcome == "fail" for found in subject.measures):
        return ()
    from .suggestions import suggest

    return suggest(subject)


def _run(subject: Subject, left_out: tuple[str, ...]) -> tuple[Finding, ...]:
    found = [
        _finding(name, rule.severity, trouble)
        for name, rule in rules().items()
        if name not in left_out
        for trouble in rule.run(subject)
    ]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _finding(name: str, severity: Severity, trouble: Trouble) -> Finding:
    return Finding(
        name,
        trouble.severity or severity,
        trouble.place,
        _LONG_NAME.sub(lambda found: f"{found[0].partition(';')[0][:LONGEST_NAME]}...'", trouble.cause),
        trouble.remedy,
        trouble.lines,
        trouble.certain,
        trouble.background,
    )


def _unreadable(
    source: Source,
    error: ModelError | InputError,
    part: Profile,
    library: str,
    release: Release,
    left_out: tuple[str, ...],
    strict: bool,
) -> CheckReport:
    if isinstance(error, InputError):
        rule, place, remedy = "missing-model", "", "name a .tflite file that is there, or leave it out"
    elif isinstance(error, UnsupportedError) and error.reason is Reason.OUTSIDE_FILE:
        rule, place, remedy = "data-outside-file", error.place, "convert the model to a single file"
    else:
        rule, place, remedy = "malformed-model", error.place, "download or convert the file again"
    cause = str(error).removeprefix(f"{place}: ")
    finding = Finding(rule, "error", place, cause, remedy, (), certain=True)
    return CheckReport(
        model=source.name,
        path=source.path,
        sha256="",
        bytes=0,
        operators=0,
        profile=part.name,
        title=part.title,
        library=library,
        release=release.title,
        build=str(part.build),
        findings=(finding,),
        measures=(),
        suggestions=(),
        operators_needed=(),
        disabled=left_out,
        strict=strict,
        readable=not isinstance(error, FormatError | InputError),
    )
