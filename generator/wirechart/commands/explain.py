"""`wirechart explain`."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete(
    _: click.Context, __: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    from wirechart.commands import completing

    return completing.codes(incomplete)


@click.command()
@click.argument("code", shell_complete=_complete)
def command(code: str) -> int:
    """What a finding's CODE means, why it matters, and how to mend it.

    \b
    Example:
      wirechart explain REF001
    """
    from wirechart import codes
    from wirechart.diagnostics import did_you_mean
    from wirechart.sources import JobError, shown

    known = {each.code: each for each in codes.every()}
    found = known.get(code.upper())
    if found is None:
        near = did_you_mean(code.upper(), known)
        hint = near if near.startswith("did") else "`wirechart rules` lists all codes"
        raise JobError(f"no code `{shown(code)}`: {hint}")
    click.echo(f"{found.severity}[{found.code}] {found.title} ({found.family})")
    if found.explanation:
        click.echo(f"\n{found.explanation}")
    return 0
