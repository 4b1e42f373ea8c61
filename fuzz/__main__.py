"""Coverage-guided fuzzing: `python -m fuzz -max_total_time=60`, and whatever libFuzzer takes.

New cases are kept in `.fuzz/corpus`, a case that violates something is `.fuzz/crash-…`; show what
it does with `python -m fuzz.replay`.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
FOUND: Final = HERE.parent / ".fuzz"
OPTIONS: Final = (
    "-max_len=4096",
    "-timeout=30",  # seconds for one case
    "-rss_limit_mb=600",
    "-malloc_limit_mb=100",  # the largest reply to a page fault is 64 MiB
    f"-artifact_prefix={FOUND}/",
)


def main(arguments: list[str]) -> None:
    """Fuzz until the time is over or something is found; this ends the process."""
    try:
        # Not a dependency of the tool, and not there where the checkers run.
        atheris: Any = import_module("atheris")
    except ImportError:
        sys.exit("fuzzing needs atheris, which is not installed: run `make fuzz`")
    with atheris.instrument_imports(include=["ch_migration"]):
        verify = import_module("fuzz.targets").verify
        edges = import_module("fuzz.edges")
    corpus = FOUND / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, data in edges.cases():
        (corpus / name).write_bytes(data)
    command = ["fuzz", *OPTIONS, *arguments, str(corpus), str(HERE / "corpus")]
    atheris.Setup(command, verify)
    atheris.Fuzz()


main(sys.argv[1:])
