"""`wirechart breaking`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wirechart.commands.findings import COLORS
from wirechart.commands.shared import SPEC, complete_revisions

if TYPE_CHECKING:
    from wirechart.breaking.verdict import Direction

FORMATS = ("text", "json", "markdown", "github", "sarif")
LEVELS = ("error", "warning", "note")
FAMILIES = ("wire", "behaviour", "source")
WAYS: "dict[str, tuple[Direction, ...]]" = {
    "both": ("old-to-new", "new-to-old"),
    "old-to-new": ("old-to-new",),
    "new-to-old": ("new-to-old",),
}


@click.command()
@click.argument("specs", metavar="[SPEC]... | OLD NEW", nargs=-1, type=SPEC)
@click.option(
    "--against",
    metavar="REVISION",
    help="Compare with what the specs were there.",
    shell_complete=complete_revisions,
)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="error",
    help="The least that makes the exit code 1; error by default.",
)
@click.option(
    "--family",
    "families",
    type=click.Choice(FAMILIES),
    multiple=True,
    help="Only these kinds of breaks; all by default.",
)
@click.option(
    "--direction",
    type=click.Choice(tuple(WAYS)),
    default="both",
    help="Which senders meet which receivers.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text")
@click.option("--color", type=click.Choice(COLORS), default="auto")
@click.option(
    "--ignore",
    "entries",
    metavar="FILE",
    type=SPEC,
    help="Breaks that were accepted; breaking.yaml where it is there.",
)
@click.option("--print-ignore", is_flag=True, help="Print entries for all that breaks now.")
@click.option(
    "--emit-test",
    metavar="PLACE",
    type=click.Path(path_type=Path),
    help="Write the shortest sequences as tests: into a folder, or one file NAME.py.",
)
def command(
    specs: tuple[str, ...],
    against: str | None,
    level: str,
    families: tuple[str, ...],
    direction: str,
    form: str,
    color: str,
    entries: str | None,
    print_ignore: bool,
    emit_test: Path | None,
) -> int:
    """Tell whom the changes of specs break: peers of the other version, and programs.

    With --against, SPECs (none: all of spec/*.yaml) are compared with what they were in a git
    revision; without it, OLD with NEW: files, folders, revisions, or REVISION:PATH.

    Old senders meet new receivers, and new senders old ones. What differs in behaviour is shown by
    the shortest sequence of messages that tells the two receivers apart; the tests that --emit-test
    writes are green on the old generated receiver and red on the new one.

    What is accepted stands in breaking.yaml, each break with its protocol, code, element and
    reason; one whose direction is named is accepted in that one only.

    The exit code is 1 when something breaks at the level or above, 0 when nothing does.

    \b
    Examples:
      wirechart breaking --against main
      wirechart breaking --against HEAD --emit-test tests spec/link.yaml
      wirechart breaking v1:spec/link.yaml spec/link.yaml --format markdown
      wirechart breaking --against main --family wire --direction old-to-new
      wirechart breaking --against main --print-ignore >> breaking.yaml
    """
    from wirechart.commands import comparing

    asked = comparing.Asked(specs, against, families or FAMILIES, WAYS[direction], entries)
    result = comparing.compared(asked)
    written = comparing.emit(emit_test, result) if emit_test is not None else ()
    for path in written:
        click.echo(f"wrote {path}", err=True)
    if print_ignore:
        click.echo(comparing.ignore_entries(result), nl=False)
        return 0
    click.echo(comparing.shown(result, form, color), nl=False)
    return int(comparing.failed(result, level))
