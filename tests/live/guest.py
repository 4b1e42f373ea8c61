"""The guest of guest.S: built when it is needed, and what it prints. Knows no hypervisor."""

import subprocess
from pathlib import Path
from typing import Final

STEP: Final = 0x10000  # counts from one printed line to the next
LINE: Final = 9  # characters: eight hexadecimal digits and a newline
_SOURCE: Final = Path(__file__).with_name("guest.S")
# One segment, above the first MiB; no other note, whose alignment would be that of this one too.
_LINKING: Final = (
    "-Wl,-Ttext-segment=0x100000,-znoseparate-code,-znoexecstack",
    "-Wl,-ebegin,--build-id=none",
)


def build(folder: Path) -> Path:
    """A 64-bit ELF file with one segment and the note that PVH asks for.

    Raises:
        CalledProcessError: `cc` cannot.
    """
    kernel = folder / "guest.elf"
    command = ("cc", "-nostdlib", "-static", *_LINKING, _SOURCE, "-o", kernel)
    subprocess.run(command, check=True)
    return kernel


def output(size: int) -> str:
    """The first so many characters that it prints, however often it was stopped and moved."""
    lines = range(1, size // LINE + 2)
    return "".join(f"{number * STEP:08x}\n" for number in lines)[:size]
