"""`wirechart simulate`."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wirechart.commands.shared import SPEC, complete_machines, complete_specs
from wirechart.sources import STDIN, JobError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.chart import Chart
    from wirechart.model import Spec


@click.command()
@click.argument("spec", type=SPEC, shell_complete=complete_specs)
@click.option(
    "--machine",
    metavar="NAME",
    default="",
    help="A further machine of the protocol.",
    shell_complete=complete_machines,
)
@click.option(
    "--script",
    metavar="FILE",
    type=click.Path(),
    help="Take the lines from a file, `-` for standard input.",
)
def command(spec: str, machine: str, script: str | None) -> int:
    """Walk through a protocol: the state, what may come next, what happens.

    A line is a message's name, maybe with fields: `Open version=2`. `help` lists what else can
    happen.

    \b
    Examples:
      wirechart simulate spec/link.yaml
      wirechart simulate spec/ch-migration.yaml --machine source
      printf 'Open version=1\\nLeave\\n' | wirechart simulate spec/link.yaml --script -
    """
    from wirechart.commands.findings import sound
    from wirechart.simulation import Misunderstood, interactive, simulate

    _, chart = sound(spec)
    if chart is None:
        return 1
    if machine:
        chart = _further(chart.spec, machine)
    if script is None:
        with suppress(ImportError):  # not every Python has it
            import readline  # noqa: F401 # pyright: ignore[reportUnusedImport] -- `input` edits lines
        interactive(chart, input, click.echo)
        return 0
    try:
        for line in simulate(chart, _lines(script)):
            click.echo(line)
    except Misunderstood as error:
        raise JobError(f"{shown(script)}: {error}") from error
    return 0


def _further(spec: "Spec", name: str) -> "Chart":
    from wirechart.chart import build, views
    from wirechart.diagnostics import did_you_mean

    further = {view.machine.name: view for view in views(spec)[1:]}
    if name not in further:
        help_ = did_you_mean(name, further) or "it has one only"
        raise JobError(f"the protocol has no further machine `{name}`; {help_}")
    return build(further[name])


def _lines(script: str) -> "Iterator[str]":
    if script == STDIN:
        yield from sys.stdin
        return
    try:
        yield from Path(script).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise JobError(f"cannot read {shown(script)}: {reason}") from error
