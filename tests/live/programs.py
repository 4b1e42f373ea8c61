"""The real programs, as the tests run them: each in a folder of its own, and none is left behind.

Knows the command lines of Cloud Hypervisor, nothing of the protocol. Whatever is waited for comes
within `patience`, or the wait ends with what the program has written.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATIENCE: Final = 60.0  # seconds
_MOMENT: Final = 0.02  # seconds until something is looked at again
_ENOUGH: Final = 4000  # characters of a program's output that explain a failure

# As recorded migrations were made.
_VMM: Final = ("cloud-hypervisor", "-v", "--api-socket", "api.sock", "--seccomp", "false")
_REMOTE: Final = ("ch-remote", "--api-socket", "api.sock")
_MACHINE: Final = ("--cpus", "boot=1,nested=off", "--console", "off", "--serial", "file=serial.txt")


def missing(*programs: str, kvm: bool = False) -> str:
    """Why these cannot be used here, or nothing."""
    reasons = [f"{name} is not on PATH" for name in programs if shutil.which(name) is None]
    if platform.machine() != "x86_64":
        reasons.append("the guest is for x86-64")
    if kvm:
        try:
            os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
        except OSError as error:
            reasons.append(f"/dev/kvm does not open: {error.strerror}")
    return "; ".join(reasons)


@dataclass(frozen=True, slots=True)
class Program:
    """One that runs."""

    folder: Path  # where it runs
    log: Path  # what it writes
    process: subprocess.Popen[bytes]
    patience: float  # seconds

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until something holds. It is asked again and again: nobody tells of it.

        Raises:
            RuntimeError: the program has ended, and it does not hold.
            TimeoutError: it takes too long.
        """
        end = time.monotonic() + self.patience
        while not holds():
            if (code := self.process.poll()) is not None and not holds():
                raise RuntimeError(f"ended with {code} before {what}{self.explanation()}")
            if time.monotonic() > end:
                raise TimeoutError(f"not within {self.patience} s: {what}{self.explanation()}")
            time.sleep(_MOMENT)

    def ended(self) -> int:
        """Its exit code, when it ends by itself.

        Raises:
            TimeoutError: it does not.
        """
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(self.patience)
        raise TimeoutError(f"runs on after {self.patience} s{self.explanation()}")

    def explanation(self) -> str:
        """The last that it has written."""
        return f"\n{self.log}:\n{self.log.read_text(errors='replace')[-_ENOUGH:]}"


@contextmanager
def started(
    folder: Path, name: str, *command: str | Path, patience: float = PATIENCE
) -> Generator[Program]:
    """A program, and its output in a file of that name; at the end it is killed."""
    log = folder / f"{name}.txt"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield Program(folder, log, process, patience)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Vmm:
    """A Cloud Hypervisor, with or without a VM."""

    program: Program

    def ask(self, *request: str) -> tuple[int, str]:
        """Ask it something by `ch-remote`: the exit code, and what was printed."""
        program = self.program
        done = subprocess.run(
            (*_REMOTE, *request),
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=program.patience,
            check=False,
        )
        return done.returncode, done.stdout

    def tell(self, *request: str) -> None:
        """Have it do something.

        Raises:
            RuntimeError: it does not.
        """
        code, text = self.ask(*request)
        if code:
            raise RuntimeError(f"{request}: {text}{self.program.explanation()}")

    @contextmanager
    def receiving(self, url: str, *options: str) -> Generator[Program]:
        """`ch-remote`, that waits there for a migration."""
        program = self.program
        request = ("receive-migration", ",".join((f"receiver_url={url}", *options)))
        with started(
            program.folder, "receive", *_REMOTE, *request, patience=program.patience
        ) as remote:
            remote.until(f"someone listens at {url}", lambda: listens(url))
            yield remote

    def resume(self) -> None:
        """Let a VM go on, as soon as there is one, and it is paused."""
        self.program.until("its VM is paused", self._is_paused)
        self.tell("resume")

    def _is_paused(self) -> bool:
        code, text = self.ask("info")
        return code == 0 and json.loads(text)["state"] == "Paused"

    @property
    def printed(self) -> str:
        """What its guest has written to the serial port."""
        serial = self.program.folder / "serial.txt"
        return serial.read_text() if serial.exists() else ""

    def prints(self) -> None:
        """Wait until its guest prints some more lines."""
        before = len(self.printed)
        self.program.until("its guest goes on", lambda: len(self.printed) > before + 40)


@contextmanager
def running(folder: Path, *arguments: str, patience: float = PATIENCE) -> Generator[Vmm]:
    """A Cloud Hypervisor that answers, in a new folder; at the end it is killed."""
    folder.mkdir()
    command = (*_VMM, "--event-monitor", "path=events.json", *arguments)
    with started(folder, "log", *command, patience=patience) as program:
        vmm = Vmm(program)
        program.until("its API answers", lambda: vmm.ask("ping")[0] == 0)
        yield vmm


def booting(kernel: Path) -> tuple[str, ...]:
    """The arguments for a VM of 64 MiB, whose memory can be shared."""
    return (*_MACHINE, "--kernel", str(kernel), "--memory", "size=64M,shared=on")


def restoring(snapshot: Path) -> tuple[str, ...]:
    """The arguments for a VM that goes on where a snapshot was made; it is paused."""
    return ("--restore", f"source_url=file://{snapshot}")


@contextmanager
def storing(snapshot: Path, url: str, *options: str) -> Generator[Program]:
    """Our own receiver, that waits there for a migration."""
    command = (sys.executable, "-m", "ch_snapshot", "receive", "--listen", url, *options)
    with started(snapshot.parent, "store", *command, snapshot) as program:
        program.until(f"it listens at {url}", lambda: listens(url))
        yield program


def listens(url: str) -> bool:
    """Whether someone listens there; the kernel is asked: a connection would end what waits."""
    kind, _, place = url.partition(":")
    if kind == "unix":
        return any(row[3] == "00010000" and row[-1] == place for row in _sockets("unix"))
    port = f":{int(place.rpartition(':')[2]):04X}"
    rows = (*_sockets("tcp"), *_sockets("tcp6"))
    return any(row[1].endswith(port) and row[3] == "0A" for row in rows)


def _sockets(kind: str) -> Iterator[list[str]]:
    with suppress(FileNotFoundError):  # no IPv6
        for line in Path("/proc/net", kind).read_text().splitlines()[1:]:
            yield line.split()
