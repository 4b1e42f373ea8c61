"""`wirechart render`."""

from pathlib import Path

import click

from wirechart.commands.shared import specs, writing


@click.command()
@specs
@click.option("--view", type=click.Choice(["happy", "full", "errors"]), help="Only this view.")
@click.option("--svg", is_flag=True, help="Also SVG pictures; needs Graphviz's `dot`.")
@click.option("--png", is_flag=True, help="Also PNG pictures; needs Graphviz's `dot`.")
@click.option("--inject", is_flag=True, help="Draw in the marked blocks of these files instead.")
@writing
def command(
    specs: tuple[str, ...],
    view: str | None,
    svg: bool,
    png: bool,
    inject: bool,
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

    With --inject, the arguments are other files: Markdown, or sources of any language. What lies
    there between two markers is drawn anew; what stands before a marker begins each of its lines.

    \b
      /// <!-- wirechart: begin spec/link.yaml view=happy -->
      /// <!-- wirechart: end -->

    A marker takes machine=NAME, view=VIEW, scenario=NAME, and form=mermaid, dot or matrix. The
    path of the spec is relative to the file's folder, or to one above it. `<!--` may be left out.
    DOT has backslashes: in Python it belongs into comments, or a raw docstring.

    \b
    Examples:
      wirechart render spec/link.yaml --view happy --svg
      wirechart render --inject README.md src/link.rs
      wirechart render --inject --check README.md     in CI: exit 1 when it is out of date
    """
    from wirechart.commands.writing import How

    if inject:
        from wirechart.commands.injecting import inject_into

        if view or svg or png or root:
            raise click.UsageError("--inject draws what the markers say, where they stand")
        return inject_into(specs, How(check=check, diff=diff, force=force))
    from wirechart.commands.pictures import render

    formats = tuple(name for name, asked in (("svg", svg), ("png", png)) if asked)
    return render(specs, root, view, formats, How(("diagrams",), check, diff, force))
