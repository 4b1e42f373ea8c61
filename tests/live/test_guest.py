"""The guest counts, and loses nothing: tried in an emulator, so that the real runs can trust it."""

from pathlib import Path

from live import guest
from live.programs import started

QEMU = ("qemu-system-x86_64", "-accel", "tcg", "-m", "64", "-display", "none", "-monitor", "none")
ROUNDS = 20  # lines: each page is checked 5,000 times


def test_the_guest_counts(tmp_path: Path) -> None:
    kernel, serial = guest.build(tmp_path), tmp_path / "serial.txt"
    serial.touch()

    with started(tmp_path, "log", *QEMU, "-kernel", kernel, "-serial", f"file:{serial}") as qemu:
        qemu.until("it counts", lambda: serial.stat().st_size > ROUNDS * guest.LINE)

    text = serial.read_text()
    assert text == guest.output(len(text))
