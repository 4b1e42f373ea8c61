"""What a marked block shows: its marker understood, its spec drawn. Knows no file."""

from typing import TYPE_CHECKING

from wirechart import chart
from wirechart.decisions import rows
from wirechart.diagnostics import Finding, Severity, did_you_mean
from wirechart.record import record
from wirechart.targets import graphviz, mermaid, page, sequence
from wirechart.targets.diagram import VIEWS, diagram

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.diagnostics import Span
    from wirechart.markers import Marker, Word
    from wirechart.model import Spec
    from wirechart.targets.diagram import View

KEYS = ("machine", "view", "scenario", "form")


@record
class Request:
    """What a marker asks for, as written."""

    spec: "Word"
    options: "Mapping[str, Word]"  # by their keys, of KEYS


def read(marker: "Marker") -> tuple[Request | None, tuple[Finding, ...]]:
    """What a marker asks for; None where the findings say why it is not known."""
    specs = [word for word in marker.asked if "=" not in word.text]
    options = {word.text.partition("=")[0]: word for word in marker.asked if "=" in word.text}
    findings = (*_not_one(marker, specs), *_unknown_keys(marker, options))
    return (None, findings) if findings else (Request(specs[0], options), ())


def _not_one(marker: "Marker", specs: "list[Word]") -> "Iterator[Finding]":
    if not specs:
        help_ = "write its path: `wirechart: begin spec/link.yaml`"
        yield _error("INJ003", marker.span, "the marker names no spec", help_)
    for word in specs[1:]:
        help_ = "a marker names one spec; all else is `key=value`"
        yield _error("INJ003", word.span, f"`{word.text}` is one word too many", help_)


def _unknown_keys(marker: "Marker", options: "Mapping[str, Word]") -> "Iterator[Finding]":
    for key, word in options.items():
        if key not in KEYS:
            message = f"a marker has no `{key}`"
            yield _error("INJ003", word.span, message, did_you_mean(key, KEYS))
    for word in marker.asked:
        key = word.text.partition("=")[0]
        if key in options and options[key] is not word and "=" in word.text:
            yield _error("INJ003", word.span, f"`{key}` is said twice", "remove one of the two")


def problems(asked: Request, spec: "Spec") -> tuple[Finding, ...]:
    """Why it cannot be drawn; nothing: it can."""
    known = {
        "machine": tuple(machine.name for machine in spec.machines),
        "view": VIEWS,
        "scenario": tuple(scenario.name for scenario in spec.scenarios),
        "form": tuple(DRAWN),
    }
    return (*_unknown(asked, known), *_idle(asked))


def _unknown(asked: Request, known: "Mapping[str, Iterable[str]]") -> "Iterator[Finding]":
    for key, word in asked.options.items():
        name = word.text.partition("=")[2]
        if name not in known[key]:
            help_ = did_you_mean(name, known[key]) or f"the spec has none; remove `{key}`"
            yield _error("INJ004", word.span, f"no {key} `{name}`", help_)


def _idle(asked: Request) -> "Iterator[Finding]":
    """What says nothing beside a scenario or a matrix."""
    form = _said(asked, "form") or "mermaid"
    if "scenario" in asked.options:
        for key in KEYS:
            if key in asked.options and key != "scenario" and _said(asked, key) != "mermaid":
                message = f"a scenario has no {key}" if key != "form" else f"no scenario as {form}"
                help_ = "it is a sequence of all machines, drawn by Mermaid"
                yield _error("INJ003", asked.options[key].span, message, help_)
    elif form == "matrix" and "view" in asked.options:
        help_ = "it shows every state and message; remove `view`"
        yield _error("INJ003", asked.options["view"].span, "a matrix has no view", help_)


def _said(asked: Request, key: str) -> str | None:
    return asked.options[key].text.partition("=")[2] if key in asked.options else None


def draw(asked: Request, spec: "Spec") -> tuple[str, ...]:
    """The lines of a block that has no problems: one fence, or a table and a line about it."""
    scenario = _said(asked, "scenario")
    if scenario:
        return _fenced("mermaid", sequence.pictures(spec)[scenario])
    machines = {view.machine.name: view for view in chart.views(spec)}
    of = chart.build(machines[_said(asked, "machine") or ""])
    known: dict[str, View] = {view: view for view in VIEWS}
    view = known[_said(asked, "view") or "happy"]
    return DRAWN[_said(asked, "form") or "mermaid"](of, view)


def _mermaid(of: "Chart", view: "View") -> tuple[str, ...]:
    return _fenced("mermaid", mermaid.render(diagram(of, rows(of), view)))


def _dot(of: "Chart", view: "View") -> tuple[str, ...]:
    return _fenced("dot", graphviz.render(diagram(of, rows(of), view)))


def _matrix(of: "Chart", _: "View") -> tuple[str, ...]:
    return ("", *page.matrix(of).splitlines(), "")


DRAWN = {"mermaid": _mermaid, "dot": _dot, "matrix": _matrix}


def _fenced(kind: str, text: str) -> tuple[str, ...]:
    return (f"```{kind}", *text.splitlines(), "```")


def _error(code: str, span: "Span", message: str, help_: str) -> Finding:
    return Finding(code, Severity.ERROR, span, message, help_)
