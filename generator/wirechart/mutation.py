"""`wirechart mutate`: do the generated tests see every small change of the table?

The generated package and its tests are loaded in memory as they are printed, and run against tables
with one change each. Knows no files and no terminal.
"""

from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING

from wirechart import names
from wirechart.cases import cases, reference
from wirechart.cases.explore import distinguishing
from wirechart.cases.guards import Deciding, search
from wirechart.cases.machine import machine as machine_of
from wirechart.cases.transitions import ways
from wirechart.cases.wire import alphabet, contexts
from wirechart.loading import importable
from wirechart.mutants import Mutant, mutants, untried
from wirechart.mutated import Lab
from wirechart.record import record
from wirechart.targets import receiver, tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wirechart.cases import Cases
    from wirechart.cases.explore import Input
    from wirechart.cases.machine import Machine
    from wirechart.cases.reference import Place
    from wirechart.chart import Chart

SHOWN = 5  # equivalent mutants that are named for each reason


@record
class Equivalent:
    """A mutant that a suite is not asked to kill."""

    mutant: Mutant
    reason: str


@record
class SuiteResult:
    """What one suite made of the mutants."""

    name: str
    cases: int
    mutants: int  # without the equivalent ones
    killed: int
    survivors: tuple[Mutant, ...]
    equivalents: tuple[Equivalent, ...]

    @property
    def rate(self) -> float:
        """The part of the mutants that was killed; 1.0 when there are none."""
        return self.killed / self.mutants if self.mutants else 1.0

    def lines(self) -> "Iterator[str]":
        """The numbers, the survivors, and why others need not be killed."""
        yield (
            f"{self.name}: {self.killed} of {self.mutants} mutants killed "
            f"({self.rate:.1%}) by {self.cases} cases"
        )
        for mutant in self.survivors:
            yield f"  survived: {mutant}"
        for reason, count in Counter(each.reason for each in self.equivalents).items():
            yield f"  {count} equivalent: {reason}"
            alike = [each.mutant for each in self.equivalents if each.reason == reason]
            yield from (f"    {mutant}" for mutant in alike[:SHOWN])
            if len(alike) > SHOWN:
                yield f"    and {len(alike) - SHOWN} more"


@record
class Report:
    """What came of all mutants."""

    suites: tuple[SuiteResult, ...]
    gaps: tuple[str, ...]  # what no case shows, because no sample was found
    untried: tuple[tuple[str, str], ...]  # changes that were not made, and why
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether no mutant survived that a suite could have seen."""
        return not any(suite.survivors for suite in self.suites)

    def lines(self) -> "Iterator[str]":
        """The report as text."""
        for suite in self.suites:
            yield from suite.lines()
        for gap in self.gaps:
            yield f"not shown: {gap}"
        for reason, count in Counter(reason for _, reason in self.untried).items():
            yield f"{count} changes not tried: {reason}"
        yield f"{self.seconds:.1f} s"


def mutate(
    chart: "Chart",
    source: str,
    progress: "Callable[[int, int], None] | None" = None,
    made: "Cases | None" = None,
    around: "Mapping[str, str] | None" = None,
) -> Report:
    """Run both suites against every mutant of a chart without errors, whose machine answers.

    Args:
        source: what the first line of generated files says: `spec/ch-migration.yaml`.
        progress: told how many mutants are done, and how many there are.
        made: the cases to run; by default all that there are.
        around: for a further machine of a protocol, the files of the package that it lies in.

    Raises:
        UnsoundError: a case fails although nothing was changed: the receiver or the case is wrong.
    """
    begun = perf_counter()
    machine = machine_of(chart)
    found = tuple(mutants(machine))
    made = made or cases(chart)
    files = {**(around or {}), **receiver.files(chart, source)}
    files |= tests.printed(chart, source, made)
    white, wire = Verdicts(), Verdicts()
    with importable(files, names.package(chart.spec.protocol)):
        lab = Lab(chart, machine, made)
        judge = Judge(chart, machine)
        lab.prove()
        for number, mutant in enumerate(found):
            bench = lab.mutated(mutant)
            killed = bench.white_box()
            white.add(mutant, killed, "" if killed else judge.alike(mutant))
            seen = bench.near()
            reason = "" if seen else judge.invisible(mutant)
            wire.add(mutant, seen or (not reason and bench.far()), reason)
            if progress:
                progress(number + 1, len(found))
    suites = (
        white.result("white-box", len(lab.cases)),
        wire.result("wire", len(lab.sessions)),
    )
    gaps = tuple(dict.fromkeys((*made.transitions.gaps, *made.wire.gaps)))
    return Report(suites, gaps, tuple(untried(machine)), perf_counter() - begun)


class Verdicts:
    """The verdicts of one suite so far."""

    def __init__(self) -> None:
        self.killed = 0
        self.survivors: list[Mutant] = []
        self.equivalents: list[Equivalent] = []

    def add(self, mutant: Mutant, killed: bool, excuse: str) -> None:
        """One more mutant; `excuse` says why it need not be killed; empty: it has to be."""
        if killed:
            self.killed += 1
        elif excuse:
            self.equivalents.append(Equivalent(mutant, excuse))
        else:
            self.survivors.append(mutant)

    def result(self, name: str, count: int) -> SuiteResult:
        """All of them."""
        asked = self.killed + len(self.survivors)
        survivors, equivalents = tuple(self.survivors), tuple(self.equivalents)
        return SuiteResult(name, count, asked, self.killed, survivors, equivalents)


class Judge:
    """Decides, by the tables alone, whether a mutant can be told from the original."""

    def __init__(self, chart: "Chart", machine: "Machine") -> None:
        self.machine = machine
        starts = ways(chart).every()
        self.worlds: list[tuple[Place, tuple[Input, ...]]] = []
        for context in contexts(chart, starts):
            mine = tuple(start for start in starts if start.place.context == context)
            begin = reference.begin(chart, dict(context))
            self.worlds.append((begin, alphabet(machine, mine)))

    def alike(self, mutant: Mutant) -> str:
        """Why not even a look inside shows it; empty when it does."""
        if mutant.operator == "linger":
            rows = self.machine.rows.values()
            ways_in = {r.event for r in rows for each in r.outcomes if each.target == mutant.state}
            return "" if ways_in - {"eof", "cut"} else "where the stream has ended nobody lingers"
        if mutant.operator != "guard":
            return ""
        row = self.machine.rows[mutant.state, mutant.event]
        changed = mutant.machine.rows[mutant.state, mutant.event].outcomes
        found = search(self.machine.chart, row)
        deciding = Deciding(found)
        if any(deciding.differs(changed, at) for at in range(len(found.assignments))):
            return ""
        return f"none of {len(found.assignments)} combinations of values tells them apart"

    def invisible(self, mutant: Mutant) -> str:
        """Why no peer sees it; empty when one can."""
        if reason := self.alike(mutant):
            return reason
        if mutant.event == "handler_error":
            return "no peer can make a handler fail"
        if mutant.operator == "guard" and self._is_about_sizes(mutant):
            return ""
        for begin, inputs in self.worlds:
            if distinguishing(self.machine, begin, mutant.machine, begin, inputs) is not None:
                return ""
        return "whatever a peer sends, it gets the same answers"

    def _is_about_sizes(self, mutant: Mutant) -> bool:
        """Whether only a full map can show it: the walk does not fill maps."""
        found = search(self.machine.chart, self.machine.rows[mutant.state, mutant.event])
        return any(scope == "state" for given in found.assignments[:1] for scope, _ in given)
