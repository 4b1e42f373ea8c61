"""`wirechart export`."""

import sys
from contextlib import redirect_stdout

import click

from wirechart.commands.shared import SPEC
from wirechart.commands.verify import chosen, connections_option, faults_option


@click.group()
def command() -> None:
    """Write a protocol in the language of another tool."""


@command.command()
@click.argument("spec", type=SPEC)
@faults_option
@connections_option
@click.option("--only", metavar="CONNECTION", help="One kind of connection, and what is about it.")
def promela(spec: str, faults: str, connections: int, only: str | None) -> int:
    """Print a model that SPIN checks, with a claim for every verdict of `wirechart verify`.

    \b
    Example:
      wirechart export promela spec/link.yaml > link.pml
      spin -a link.pml && cc -O2 -o pan pan.c && ./pan -a -N deadlock_session
    """
    from wirechart.commands.findings import sound
    from wirechart.diagnostics import did_you_mean
    from wirechart.sources import JobError
    from wirechart.targets.promela import render

    with redirect_stdout(sys.stderr):  # findings do not belong in a model
        source, chart = sound(spec)
    if chart is None:
        return 1
    known = [kind.name for kind in chart.spec.connections]
    if only is not None and only not in known:
        help_ = did_you_mean(only, known) or "it has one only"
        raise JobError(f"the protocol has no connection `{only}`; {help_}")
    click.echo(render(chart.spec, source.label, connections, chosen(faults), only), nl=False)
    return 0
