"""`wirechart verify`."""

import sys
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import click

from wirechart.commands.shared import specs

if TYPE_CHECKING:
    from wirechart.composition.verify import Bounds
    from wirechart.report.verdicts import Answers

FAULTS = ("refusal", "loss", "partition", "silence", "leaving")


faults_option = click.option(
    "--faults",
    metavar="LIST",
    default=",".join(FAULTS),
    show_default=True,
    help="What may go wrong, or `none`.",
)
connections_option = click.option(
    "--connections",
    metavar="N",
    type=click.IntRange(1, 200),
    default=2,
    show_default=True,
    help="How many connections of each further kind, where the spec allows so many.",
)


@click.command()
@specs
@faults_option
@connections_option
@click.option(
    "--max-states",
    metavar="N",
    type=click.IntRange(min=1),
    default=10_000_000,
    show_default=True,
    help="How many states of a product are looked at.",
)
@click.option("--whole", is_flag=True, help="Search all connections at once for every question.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
def command(
    specs: tuple[str, ...], faults: str, connections: int, max_states: int, whole: bool, form: str
) -> int:
    """Put the machines of a protocol together, and search all that their sessions can come to.

    Deadlocks, messages that nobody handles or takes, endings that one side does not learn of,
    resources without an owner or with two, and the spec's properties; each with a shortest way
    there. Without SPEC: all of spec/*.yaml.

    Faults: `refusal` (a message that could be taken is malformed, or its handler fails), `loss`
    (the connection breaks, and both sides see that), `partition` (a host dies or the network is
    cut: nothing arrives any more, and no end of stream), `silence` (a deadline passes, though the
    peer is alive), `leaving` (the asker gives up).

    Exits with 1 when something is violated, with 2 when something is not decided.

    \b
    Examples:
      wirechart verify spec/link.yaml
      wirechart verify --faults none --format markdown
    """
    from wirechart.composition.verify import Bounds
    from wirechart.report import verdicts, verdicts_json, verdicts_markdown
    from wirechart.sources import find

    bounds = Bounds(connections, chosen(faults), max_states, whole)
    told = sys.stdout if form == "text" else sys.stderr
    with redirect_stdout(told):  # findings do not belong in a document
        answered = [_verify(spec, bounds, timed=sys.stdout.isatty()) for spec in find(specs)]
    every = [answers for answers in answered if answers is not None]
    render = {
        "text": verdicts.text,
        "json": verdicts_json.render,
        "markdown": verdicts_markdown.render,
    }[form]
    if every or form == "json":
        click.echo(render(every), nl=False)
    codes = [1 if answers is None else answers.code for answers in answered]
    return 1 if 1 in codes else max(codes)


def chosen(faults: str) -> tuple[str, ...]:
    """The faults of a list, in their own order.

    Raises:
        JobError: there is no such fault.
    """
    from wirechart.diagnostics import did_you_mean
    from wirechart.sources import JobError

    named = [] if faults == "none" else [word.strip() for word in faults.split(",")]
    for word in named:
        if word not in FAULTS:
            help_ = did_you_mean(word, FAULTS) or f"write some of {', '.join(FAULTS)}, or none"
            raise JobError(f"no fault `{word}`; {help_}")
    return tuple(fault for fault in FAULTS if fault in named)


def _verify(spec: str, bounds: "Bounds", *, timed: bool) -> "Answers | None":
    """The verdicts on one spec; None: it has errors, which are printed."""
    from wirechart.commands.findings import sound
    from wirechart.composition.verify import verify
    from wirechart.report.verdicts import Answers

    source, chart = sound(spec)
    if chart is None:
        return None
    start = time.perf_counter()
    verdicts = tuple(verify(chart.spec, bounds))
    seconds = time.perf_counter() - start if timed else None
    return Answers(source.path, bounds.faults, bounds.connections, bounds.most, verdicts, seconds)
