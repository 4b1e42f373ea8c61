"""`wirechart init`."""

import re
from pathlib import Path

import click

SAMPLE = "guestbook"  # how the templates call it
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
    """Write a small spec, called like DIR, and what a project around it needs.

    `wirechart build` works in it at once. No existing file is touched.

    \b
    Example:
      wirechart init guestbook && cd guestbook && wirechart build
    """
    from wirechart.files import create
    from wirechart.sources import shown

    name = _named(folder)
    files = {path.replace(SAMPLE, name): _text(file, name) for path, file in FILES.items()}
    create(folder, {path: text.encode() for path, text in files.items()})
    for path in files:
        click.echo(f"created {shown(str(folder / path))}")
    return 0


def _text(file: str, name: str) -> str:
    templates = Path(__file__).parent.parent / "templates" / "init"
    return (templates / file).read_text(encoding="utf-8").replace(SAMPLE, name)


def _named(folder: Path) -> str:
    """The protocol's name: the folder's, in kebab case, where it can be one."""
    from wirechart.build import check

    name = re.sub("[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-")
    return SAMPLE if check(_text("spec.yaml", name)).findings else name
