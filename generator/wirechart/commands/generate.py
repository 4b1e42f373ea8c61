"""`wirechart generate`."""

from pathlib import Path

import click

from wirechart.commands.shared import specs, writing


@click.command()
@specs
@writing
def command(specs: tuple[str, ...], root: Path | None, check: bool, diff: bool, force: bool) -> int:
    """Check specs, then write generated/: the typed receiver, its tests, its chart.

    \b
    Example:
      wirechart generate spec/link.yaml
    """
    from wirechart.commands.writing import How, bring_up_to_date

    return bring_up_to_date(specs, root, How(("generated",), check, diff, force))
