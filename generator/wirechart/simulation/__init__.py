"""A machine to play with: `wirechart simulate`. Touches neither terminal nor files."""

from typing import TYPE_CHECKING

from wirechart.simulation.machine import Answer, Simulation
from wirechart.simulation.values import Misunderstood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wirechart.chart import Chart

__all__ = ["Answer", "Misunderstood", "Simulation", "interactive", "simulate"]


def simulate(chart: "Chart", script: "Iterable[str]") -> "Iterator[str]":
    """The walk that a script leads to, line by line.

    Raises:
        Misunderstood: a line is no command; it has the line's number, from 1.
    """
    simulation = Simulation(chart)
    for number, line in enumerate(script, start=1):
        try:
            answer = simulation.take(line)
        except Misunderstood as error:
            raise Misunderstood(error.word, error.help, number) from None
        yield from answer.steps
        yield from answer.notes
        if answer.quit:
            return


def interactive(chart: "Chart", ask: "Callable[[str], str]", tell: "Callable[[str], None]") -> None:
    """Ask for lines until `quit` or EOFError; the prompt is the state."""
    simulation = Simulation(chart)
    _tell_all(tell, simulation.situation())
    while True:
        try:
            answer = simulation.take(ask(f"{simulation.moment.state}> "))
        except EOFError:
            tell("")  # Ctrl-D leaves the cursor behind the prompt
            return
        except Misunderstood as error:
            tell(str(error))
            continue
        _tell_all(tell, (*answer.steps, *answer.notes))
        if answer.quit:
            return
        if answer.steps and not answer.notes:
            _tell_all(tell, simulation.situation())


def _tell_all(tell: "Callable[[str], None]", lines: "Iterable[str]") -> None:
    for line in lines:
        tell(line)
