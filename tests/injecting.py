"""Files with blocks, and a project in which they are drawn. Knows no finding."""

from collections.abc import Callable
from pathlib import Path

import pytest

from drawing import LINK as TOLERANT
from wirechart import commands

LINK = TOLERANT.replace("      on_refused: {reply: Error, to: stay}\n", "")
HAPPY = """\
```mermaid
stateDiagram-v2
  direction TB
  state "Waiting" as s_Waiting
  [*] --> s_Waiting
  state "Ready" as s_Ready
  state "✓ Done" as s_Done
  s_Waiting --> s_Ready: Hello
  s_Ready --> s_Ready: Block
  s_Ready --> s_Done: End
  s_Done --> [*]
  classDef success fill:#e6f4ea,stroke:#1e7e34,stroke-width:3px,color:#10301a
  class s_Done success
```
"""
MACHINES = """\
machines:
  source:
    role: sender
    initial: Asking
    states:
      Asking:
        otherwise: {to: Failed}
        on_eof: {to: Failed}
        on_idle: {after: limits.idle, to: Failed}
        on: {Hello: stay, Block: stay, End: Done}
      Done: {final: success}
      Failed: {data: {cause: cause}, final: failure}
scenarios:
  plain: [Hello, End]
"""
Run = Callable[..., tuple[int, str, str]]


def project(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """`wirechart render --inject` with these arguments, in a project that has spec/link.yaml."""
    (folder / "spec").mkdir()
    (folder / "spec/link.yaml").write_text(LINK + MACHINES)
    (folder / ".git").mkdir()
    monkeypatch.chdir(folder)

    def inject(*words: str) -> tuple[int, str, str]:
        code = commands.run(["render", "--inject", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return inject


def marked(prefix: str, asked: str, inside: str = "", suffix: str = "") -> str:
    """A block in a file."""
    lines = (f"{prefix}{line}{suffix}".rstrip() for line in inside.splitlines())
    body = "".join(f"{line}\n" for line in lines)
    return f"{prefix}wirechart: begin {asked}{suffix}\n{body}{prefix}wirechart: end{suffix}\n"
