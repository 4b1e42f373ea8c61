"""Options that several commands have."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from click.shell_completion import CompletionItem

    F = TypeVar("F", bound=Callable[..., object])

SPEC = click.Path()  # not checked here: a missing file is told like any other unreadable one


def complete_specs(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """What a shell offers for a spec."""
    from wirechart.commands import completing

    return completing.specs(incomplete, others=bool(ctx.params.get("inject")))


def complete_machines(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """What a shell offers for a further machine of the spec before it."""
    from wirechart.commands import completing

    # While the option has no value, its command has taken no arguments yet.
    named = ctx.params.get("spec") or next(iter(ctx.args), None)
    return completing.machines(named, incomplete)


def complete_revisions(
    _: click.Context, __: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """What a shell offers for a git revision."""
    from wirechart.commands import completing

    return completing.revisions(incomplete)


def specs(command: "F") -> "F":
    """Any number of specs."""
    return click.argument(
        "specs", metavar="[SPEC]...", nargs=-1, type=SPEC, shell_complete=complete_specs
    )(command)


def writing(command: "F") -> "F":
    """How files are written."""
    for option in (
        click.option("--force", is_flag=True, help="Overwrite edits made by hand."),
        click.option("--diff", is_flag=True, help="Like --check, and show what differs."),
        click.option("--check", is_flag=True, help="Write nothing; fail when files would change."),
        click.option(
            "--root",
            type=click.Path(path_type=Path, file_okay=False, exists=True),
            help="Write below this folder; usually the one that holds the spec's folder `spec`.",
        ),
    ):
        command = option(command)
    return command
