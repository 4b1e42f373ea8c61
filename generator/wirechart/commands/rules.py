"""`wirechart rules`."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wirechart.codes import Code


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(form: str) -> int:
    """List every code a finding can have.

    \b
    Example:
      wirechart rules --format json
    """
    from wirechart import codes

    known = codes.every()
    click.echo(_json(known) if form == "json" else _table(known))
    return 0


def _json(known: "tuple[Code, ...]") -> str:
    keys = ("code", "severity", "family", "title", "explanation")
    return json.dumps(
        [{key: str(getattr(code, key)) for key in keys} for code in known],
        indent=2,
        ensure_ascii=False,
    )


def _table(known: "tuple[Code, ...]") -> str:
    """Columns for a terminal, families apart."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("code", "severity", "family", "what is wrong"):
        table.add_column(heading, no_wrap=True)
    colors = {"error": "red", "warning": "yellow", "note": "cyan"}
    for code, following in zip(known, (*known[1:], None), strict=True):
        color = colors[code.severity]
        last = following is not None and following.family != code.family
        severity = f"[{color}]{code.severity}[/]"
        table.add_row(f"[bold]{code.code}[/]", severity, code.family, code.title, end_section=last)
    to_terminal = Console()
    lines = Console(
        file=StringIO(),
        width=200,
        force_terminal=to_terminal.is_terminal,
        color_system="standard" if to_terminal.color_system else None,
    )
    with lines.capture() as captured:
        lines.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
