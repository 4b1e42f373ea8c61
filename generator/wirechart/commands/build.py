"""`wirechart build`."""

from pathlib import Path

import click

from wirechart.commands.shared import specs, writing


@click.command()
@specs
@writing
def command(specs: tuple[str, ...], root: Path | None, check: bool, diff: bool, force: bool) -> int:
    """Check specs, then write diagrams/ and generated/.

    Without SPEC: all of spec/*.yaml. A spec with errors writes nothing. Files with edits made by
    hand are never overwritten without --force.

    \b
    Examples:
      wirechart build
      wirechart build --check      in CI: exit 1 when something is out of date
      wirechart build --diff       what would change, and how
    """
    from wirechart.commands.writing import How, bring_up_to_date

    return bring_up_to_date(specs, root, How(check=check, diff=diff, force=force))
