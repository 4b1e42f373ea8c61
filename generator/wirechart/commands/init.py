"""`wirechart init`."""

from pathlib import Path

import click

FILES = {  # in the new folder -> in templates/init, without dots so that no tool obeys them there
    "spec/guestbook.yaml": "spec.yaml",
    "Makefile": "Makefile",
    "README.md": "README.md",
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> int:
    """Write a small spec and what a project around it needs.

    `wirechart build` works in it at once. No existing file is touched.

    \b
    Example:
      wirechart init guestbook && cd guestbook && wirechart build
    """
    from wirechart.files import create
    from wirechart.sources import shown

    templates = Path(__file__).parent.parent / "templates" / "init"
    create(folder, {path: (templates / name).read_bytes() for path, name in FILES.items()})
    for path in FILES:
        click.echo(f"created {shown(str(folder / path))}")
    return 0
