"""Workflow commands as GitHub's runner reads them from what a step prints. Knows no finding.

The rules are those of the runner: a command begins with `::`, its name ends at the first space, its
properties at the next `::`; escapes are undone in properties and data, `%25` last.
"""

from dataclasses import dataclass

DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


@dataclass(frozen=True, slots=True)
class Command:
    """What the runner is told to do."""

    name: str
    properties: dict[str, str]
    data: str


def commands(output: str) -> list[Command]:
    """The commands in what a step has printed."""
    lines = output.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [command for line in lines if (command := _command(line)) is not None]


def _command(line: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, _, data = line[2:].partition("::")
    name, _, said = head.partition(" ")
    pairs = [pair.partition("=") for pair in said.strip().split(",") if "=" in pair]
    properties = {key: _unescaped(value, PROPERTY) for key, _, value in pairs}
    return Command(name, properties, _unescaped(data, DATA))


def _unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text
