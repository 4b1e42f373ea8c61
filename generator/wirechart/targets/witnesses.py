"""Witnesses of breaks: as Mermaid sequence diagrams, and as tests. Knows no search and no files."""

from typing import TYPE_CHECKING

from wirechart.breaking.verdict import WORDS
from wirechart.cases import data as samples
from wirechart.cases.scripts import Counted, Ended, Sent, Waited
from wirechart.chart import data, initial
from wirechart.names import snake
from wirechart.targets.home import home
from wirechart.targets.literals import call, flat, lines, octets, several, text
from wirechart.targets.mermaid import escape
from wirechart.targets.printed_cases import Printer
from wirechart.targets.python import docstring, imports
from wirechart.targets.sample_names import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.breaking.verdict import Break, Proof, Witness
    from wirechart.cases.scripts import Step
    from wirechart.chart import Chart
    from wirechart.targets.literals import Group, Node

CLOSED = "CLOSED_DESCRIPTOR"


def diagram(witness: "Witness") -> str:
    """The sequence as Mermaid: one sender, and the two receivers beside each other."""
    drawn = [
        "sequenceDiagram",
        f"  participant s as {escape(witness.sender)}",
        f"  participant o as old {escape(witness.receiver)}",
        f"  participant n as new {escape(witness.receiver)}",
    ]
    for number, each in enumerate(witness.exchanges, 1):
        differs = number == len(witness.exchanges)
        if each.is_message:
            drawn += (f"  s->>{who}: {escape(each.event)}" for who in "on")
        else:
            drawn.append(f"  Note over s,n: {escape(each.event)}")
        sign = "--x" if differs else "-->>"
        drawn += [f"  o-->>s: {escape(each.old)}", f"  n{sign}s: {escape(each.new)}"]
    return "\n".join(drawn) + "\n"


def package(chart: "Chart") -> str:
    """What the tests of a machine's witnesses import: `ch_migration.worker`."""
    return home(chart.spec).package


def tests(old: str, new: str, found: "Iterable[Break]") -> str:
    """A module of tests, one for each break with a witness; all of one machine.

    Args:
        old: what the old spec is called: `main:spec/link.yaml`.
        new: the new one.
    """
    shown = [each for each in found if each.witness is not None]
    witnesses = [each.witness for each in shown if each.witness is not None]
    chart = witnesses[0].chart
    printer = _Printer(chart)
    bodies = list(_functions(printer, shown))
    at = home(chart.spec)
    states = sorted(printer.used & set(chart.nodes))
    objects = sorted(printer.used & set(OBJECTS))
    whole = "\n".join(bodies + [OBJECTS[name] for name in objects])
    modules = {
        f"{at.package}.receiver": ["Receiver"],
        f"{at.package}.states": states,
        f"{at.package}.handlers": ["Context"] if "Context(" in whole else [],
        f"{at.root}": ["runtime"] if "runtime." in whole else [],
        f"{at.root}.runtime": ["testing"],
        f"{at.package}.tests.samples": ["handlers"],
        f"{at.package}.messages": sorted(printer.used & set(chart.messages)),
    }
    head = [
        '"""Sequences that show breaks: green on the old receiver, red on the new one.',
        "",
        f"Old: {old}",
        f"New: {new}",
        '"""',
        "",
        *(line for module in sorted(modules) for line in imports(module, modules[module])),
    ]
    made = [f"{name} = {OBJECTS[name]}" for name in objects]
    constants = ["", *made] if made else []
    return "\n".join([*head, *constants, *bodies]) + "\n"


class _Printer(Printer):
    """Prints values as tests build them, and bytes as they are."""

    def object(self, name: str) -> str:
        """An object of this module."""
        self.used.add(name)
        return name

    def _counted(self, step: Counted) -> "Group":
        request = step.request
        named: dict[str, Node] = {"first": repr(step.first)} if step.first > 1 else {}
        if request.descriptors:
            named["descriptors"] = several([self.object(CLOSED)] * request.descriptors)
        parts = [octets(request.header), octets(request.payload)]
        parts += [repr(step.offset), repr(step.size)]
        parts += [text(self.chart.spec.wire.byte_order), repr(step.count)]
        return call("testing.Counted", *parts, octets(step.reply), **named)

    def written(self, step: "Step") -> "Group":
        """A step of a script with its bytes in it."""
        named: dict[str, Node] = {}
        if step.reply:
            named["reply"] = octets(step.reply)
        match step:
            case Sent(request=request, cut=cut):
                header = request.header if cut is None else request.header[:cut]
                rest = request.payload + request.contents if cut is None else b""
                if rest and request.descriptors:
                    named["descriptors"] = several([self.object(CLOSED)] * request.descriptors)
                if request.early_descriptors:
                    named["early"] = several([self.object(CLOSED)] * request.early_descriptors)
                if step.closes:
                    named["closes"] = "True"
                parts = [octets(header), *([octets(rest)] if rest else [])]
                return call("testing.Sent", *parts, **named)
            case Counted():
                return self._counted(step)
            case Ended():
                open_: dict[str, Node] = {} if step.closes else {"closes": "False"}
                return call("testing.Ended", **named, **open_)
            case Waited(seconds=seconds):
                closes: dict[str, Node] = {"closes": "True"} if step.closes else {}
                return call("testing.Waited", repr(seconds), **named, **closes)


def _functions(printer: _Printer, shown: "Iterable[Break]") -> "Iterator[str]":
    names: dict[str, int] = {}
    for each in shown:
        name = f"test_{each.code.lower()}_{snake(each.problem.element).replace('.', '_')}"
        names[name] = names.get(name, 0) + 1
        numbered = name if names[name] == 1 else f"{name}_{names[name]}"
        yield "\n".join(["", "", f"def {numbered}() -> None:", *_body(printer, each)])


def _body(printer: _Printer, each: "Break") -> "Iterator[str]":
    witness = each.witness
    assert witness is not None, each.code  # noqa: S101 -- only those that have one are printed
    yield from docstring(1, f"{each.problem.message}: {WORDS[witness.direction]}.")
    yield "    steps: testing.Steps = ("
    exchanges = iter(witness.exchanges)
    for step, count in _grouped(witness):
        if count:
            yield f"        # {next(exchanges).event}"
        yield from lines(2, "", printer.written(step), ",")
    yield "    )"
    yield from _receiver(printer, witness)
    yield ""
    yield "    assert testing.play(receiver, steps) == testing.expected(steps)"
    if witness.proof is not None:
        yield f"    assert {_proven(witness.proof)}"


def _grouped(witness: "Witness") -> "Iterator[tuple[Step, bool]]":
    """The steps; whether an exchange begins with it: one may be two steps."""
    waiting = False
    for step in witness.steps:
        yield step, not waiting
        waiting = isinstance(step, Sent) and step.cut is not None


def _receiver(printer: _Printer, witness: "Witness") -> "Iterator[str]":
    chart = witness.chart
    named: dict[str, Node] = {}
    if chart.spec.context:
        named["context"] = printer.agreed(witness.context)
    if data(chart, initial(chart)):
        named["state"] = printer.value(samples.state(chart, initial(chart)))
    handlers = "handlers()"
    if witness.fails:
        numbers = flat(several(repr(number) for number in witness.fails))
        yield f"    watched = testing.Watched(handlers(), fails={numbers})"
        handlers = "watched.handlers"
    yield from lines(1, "receiver = ", call("Receiver", handlers, **named))


def _proven(proof: "Proof") -> str:
    """What tells the receivers apart, where no peer sees it."""
    where = "(receiver.termination or receiver.state)"
    match proof.what:
        case "holds":
            return f"{where}.{proof.name} == {proof.value!r}  # type: ignore[union-attr]"
        case "cause":
            return f'getattr(receiver.failure, "name", "") == {text(str(proof.value))}'
        case "ends" if proof.value == "running":
            return "receiver.termination is None"
        case "ends" if proof.value == "success":
            return "receiver.termination is not None and not receiver.failed"
        case _:
            return "receiver.failed"
