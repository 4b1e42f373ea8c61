"""What is in a snapshot directory. Reads it, and changes nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ch_migration.runtime import Json, MalformedError

from .layout import CannotStoreError, memory_ranges
from .store import CONFIG, IMAGE, MEMORY, STATE

# Parts of a VM's configuration that are no devices.
_NOT_DEVICES: Final = frozenset({"cpus", "memory", "payload", "platform"})
_MANY: Final = 1 << 20  # bytes that are read at once


@dataclass(frozen=True, slots=True)
class File:
    """A file of a snapshot."""

    name: str
    size: int  # bytes
    stored: int  # bytes on the disk: holes take none


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of guest memory."""

    id: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot holds."""

    vcpus: int  # at boot
    memory: int  # bytes
    zones: tuple[Zone, ...]  # empty: the memory is one piece
    devices: tuple[str, ...]
    files: tuple[File, ...]
    sha256: str  # of the memory
    whole: bool  # whether there is as much memory as State says


def read(directory: Path) -> Snapshot:
    """Read a snapshot.

    Raises:
        OSError: a file cannot be read.
        ValueError: it is no snapshot.
    """
    opaque = (directory / IMAGE).exists()
    memory = directory / (IMAGE if opaque else MEMORY)
    size = memory.stat().st_size
    try:
        config: Any = json.loads((directory / CONFIG).read_bytes())
        listed = size if opaque else _listed(directory / STATE)
        return Snapshot(
            vcpus=config["cpus"]["boot_vcpus"],
            memory=size,
            zones=tuple(_zones(config)),
            devices=tuple(_devices(config)),
            files=tuple(map(_file, sorted(directory.iterdir()))),
            sha256=_digest(memory),
            whole=size == listed,
        )
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{directory} is no snapshot: {error!r}") from None
    except (CannotStoreError, MalformedError) as error:
        raise ValueError(f"{directory} is no snapshot: {error}") from None


def _listed(state: Path) -> int:
    """The bytes of memory in State's list."""
    text = Json.of(state.read_bytes()).raw
    return sum(part.size for part in memory_ranges(text))


def _zones(config: Mapping[str, Any]) -> Iterator[Zone]:
    for zone in config["memory"].get("zones") or ():
        yield Zone(zone["id"], zone["size"])


def _devices(config: Mapping[str, Any]) -> Iterator[str]:
    """`disks: _disk0`: each device of the configuration that is not switched off."""
    for kind, found in config.items():
        for device in _objects(found) if kind not in _NOT_DEVICES else ():
            if device.get("mode") != "Off":
                yield f"{kind}: {device['id']}" if "id" in device else kind


def _objects(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- whatever JSON can say
    """One object, or those of an array; anything else is none."""
    listed: list[Any] = found if isinstance(found, list) else [found]  # pyright: ignore[reportUnknownVariableType] -- of JSON
    return [one for one in listed if isinstance(one, dict)]


def _file(path: Path) -> File:
    found = path.lstat()
    return File(path.name, found.st_size, found.st_blocks * 512)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def as_json(found: Snapshot) -> str:
    """One object."""
    return json.dumps(asdict(found), indent=2, ensure_ascii=False)


def show(found: Snapshot) -> None:
    """Print it for people."""
    for name, value in _facts(found):
        print(f"{name:<9}{value}")


def _facts(found: Snapshot) -> Iterator[tuple[str, str]]:
    from rich.filesize import decimal  # noqa: PLC0415 -- needed by nobody else

    yield "vCPUs", str(found.vcpus)
    yield "memory", decimal(found.memory)
    for zone in found.zones:
        yield "zone", f"{zone.id}, {decimal(zone.size)}"
    for device in found.devices:
        yield "device", device
    for file in found.files:
        yield "file", f"{file.name}, {file.size} bytes, {decimal(file.stored)} on the disk"
    yield "SHA-256", found.sha256
