"""What a shell offers while a line is written. Says nothing about what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from wirechart import build, sources
from wirechart import codes as all_codes

if TYPE_CHECKING:
    from wirechart.model import Machine


def specs(incomplete: str, others: bool = False) -> list[CompletionItem[str]]:
    """The project's own specs; where none begins like that, or with `others`, any file."""
    found = sorted(str(path) for path in Path("spec").glob("*.yaml"))
    begun = [] if others else [path for path in found if path.startswith(incomplete)]
    return [CompletionItem(path) for path in begun] or [CompletionItem(incomplete, type="file")]


def machines(spec: str | None, incomplete: str) -> list[CompletionItem[str]]:
    """The further machines of a spec, or of all the project's; none of what cannot be read."""
    named = [spec] if spec else sorted(str(path) for path in Path("spec").glob("*.yaml"))
    return [
        CompletionItem(machine.name, help=" ".join(machine.doc.split()))
        for each in named
        for machine in _machines(each)
        if machine.name.startswith(incomplete)
    ]


def _machines(spec: str) -> "tuple[Machine, ...]":
    try:
        checked = build.check(sources.read(spec).content)
    except sources.SourceError:
        return ()
    return checked.spec.machines if checked.spec else ()


def codes(incomplete: str) -> list[CompletionItem[str]]:
    """The codes of findings, in any case, with what they mean."""
    return [
        CompletionItem(code.code, help=code.title)
        for code in all_codes.every()
        if code.code.startswith(incomplete.upper())
    ]


def revisions(incomplete: str) -> list[CompletionItem[str]]:
    """The branches and tags of the repository; nothing where there is none."""
    import subprocess

    command = ["git", "for-each-ref", "--format=%(refname:short)"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- git, as it is
    except (OSError, subprocess.CalledProcessError):
        return []
    names = ("HEAD", *done.stdout.split())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
