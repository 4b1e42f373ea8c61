"""`wirechart simulate`."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wirechart.sources import STDIN, JobError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@click.argument("spec")
@click.option(
    "--script", metavar="FILE", help="Take the lines from a file, `-` for standard input."
)
def command(spec: str, script: str | None) -> int:
    """Walk through a protocol: the state, what may come next, what happens.

    A line is a message's name, maybe with fields: `Open version=2`. `help` lists what else can
    happen.

    \b
    Examples:
      wirechart simulate spec/link.yaml
      printf 'Open version=1\\nLeave\\n' | wirechart simulate spec/link.yaml --script -
    """
    from wirechart.commands.findings import sound
    from wirechart.simulation import Misunderstood, interactive, simulate

    _, chart = sound(spec)
    if chart is None:
        return 1
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


def _lines(script: str) -> "Iterator[str]":
    if script == STDIN:
        yield from sys.stdin
        return
    try:
        yield from Path(script).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise JobError(f"cannot read {shown(script)}: {reason}") from error
