"""`wirechart init`."""

import re
from pathlib import Path

import click

SAMPLE = "guestbook"  # how the templates call it
OTHERS = {"book-handlers", "tests"}  # names of modules that a protocol's package would hide
FILES = {  # in the new folder -> in templates/init, called so that no tool obeys them there
    "spec/guestbook.yaml": "spec.yaml",
    "book_handlers.py": "book_handlers",
    "tests/test_book.py": "test_book",
    "Makefile": "Makefile",
    "README.md": "README.md",
    "pyproject.toml": "pyproject",
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".github/workflows/protocol.yml": "workflow.yml",
    ".github/actions/wirechart/action.yml": "action.yml",
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> int:
    """Begin a protocol, called like DIR: a spec, handlers, tests, and a repository around them.

    `make` and `make test` succeed in it at once. No existing file is touched. Where DIR is in no
    git repository yet, it becomes one.

    \b
    Example:
      wirechart init guestbook && cd guestbook && make
    """
    from wirechart.commands.origin import local_makefile
    from wirechart.files import create
    from wirechart.ownership import begin_repository
    from wirechart.sources import shown

    name = _named(folder)
    files = {path.replace(SAMPLE, name): _text(path, name) for path in FILES}
    files["local.mk"] = local_makefile()
    create(folder, {path: text.encode() for path, text in files.items()})
    made = [*files, *([".git"] if begin_repository(folder) else [])]
    for path in made:
        click.echo(f"created {shown(str(folder / path))}")
    return 0


def _text(path: str, name: str) -> str:
    """A file with the protocol's name, or in Python its package's, for the sample's."""
    from wirechart.names import package

    place = Path(__file__).parent.parent / "templates" / "init" / FILES[path]
    text = place.read_text(encoding="utf-8").replace(f"-m {SAMPLE}", f"-m {package(name)}")
    return text.replace(SAMPLE, package(name) if path.endswith(".py") else name)


def _named(folder: Path) -> str:
    """The protocol's name: the folder's, in kebab case, where it can be one."""
    from wirechart.build import check

    name = re.sub("[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-")
    fits = name not in OTHERS and not check(_text("spec/guestbook.yaml", name)).findings
    return name if fits else SAMPLE
