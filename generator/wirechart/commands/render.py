"""`wirechart render`."""

from pathlib import Path

import click

from wirechart.commands.shared import specs, writing


@click.command()
@specs
@click.option("--view", type=click.Choice(["happy", "full", "errors"]), help="Only this view.")
@click.option("--svg", is_flag=True, help="Also SVG pictures; needs Graphviz's `dot`.")
@click.option("--png", is_flag=True, help="Also PNG pictures; needs Graphviz's `dot`.")
@writing
def command(
    specs: tuple[str, ...],
    view: str | None,
    svg: bool,
    png: bool,
    root: Path | None,
    check: bool,
    diff: bool,
    force: bool,
) -> int:
    """Check specs, then write diagrams/: Mermaid, Graphviz, and a page per protocol.

    \b
    Views:
      happy    what leads to a success
      errors   everything else
      full     both, and the data of every state

    \b
    Example:
      wirechart render spec/link.yaml --view happy --svg
    """
    from wirechart.commands.pictures import render
    from wirechart.commands.writing import How

    formats = tuple(name for name, asked in (("svg", svg), ("png", png)) if asked)
    return render(specs, root, view, formats, How(("diagrams",), check, diff, force))
