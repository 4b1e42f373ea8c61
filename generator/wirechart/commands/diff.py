"""`wirechart diff`."""

import click

from wirechart.commands import findings
from wirechart.commands.shared import complete_revisions

FORMATS = ("text", "markdown", "json", "html", "mermaid", "dot")


@click.command()
@click.argument("places", metavar="[OLD [NEW] | SPEC...]", nargs=-1, type=click.Path())
@click.option(
    "--against",
    metavar="REV",
    help="Compare with this git revision.",
    shell_complete=complete_revisions,
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text")
@click.option("--color", type=click.Choice(findings.COLORS), default="auto")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where something is different.")
def command(
    places: tuple[str, ...], against: str | None, form: str, color: str, exit_zero: bool
) -> int:
    """Say what changed between two versions of specs, by its meaning.

    OLD and NEW are files, folders of specs, or git revisions: `main:spec/link.yaml`, `main:spec`,
    `HEAD~1` (all of its specs). Without them, or with one, it is as with `git diff`: what is here
    is compared with the last commit, or with that revision. With --against each SPEC, none meaning
    all of spec/*.yaml, is compared with what it was.

    Formatting, comments, the order of names, and short or long forms are no difference; `was` in a
    spec says what has another name. As text, `+` is new, `-` is gone, `~` is changed, `=` is
    renamed. `mermaid` and `dot` are the pictures alone, one for each machine that changed.

    Exit codes are those of diff: 0 without a difference, 1 with one, 2 when specs cannot be
    compared.

    \b
    Examples:
      wirechart diff
      wirechart diff --against main
      wirechart diff HEAD~1:spec/link.yaml spec/link.yaml
      wirechart diff --against origin/main --format markdown --exit-zero > comment.md
      wirechart diff v1.0 v1.1 --format html > changes.html
      wirechart diff --against main --format dot | dot -Tsvg > changes.svg
    """
    from wirechart.commands.differing import compare

    code = compare(places, against, form, color)
    return 0 if exit_zero else code
