"""Where the specs of other peers are. Knows folders; reads no spec.

Beside a project's specs, `spec/NAME-senders` and `spec/NAME-receivers` hold those of other peers of
one protocol, whose own spec is called NAME or NAME-something.
"""

from pathlib import Path

from wirechart.record import record

SENDERS, RECEIVERS = "-senders", "-receivers"


@record
class Family:
    """The specs of one protocol's peers, as paths."""

    name: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    own: tuple[str, ...]  # on whichever side they describe

    @property
    def source(self) -> str:
        """What generated files name as theirs."""
        return f"spec/{self.name}{SENDERS} and spec/{self.name}{RECEIVERS}"


def families() -> tuple[Family, ...]:
    """What the folder `spec` holds, by name."""
    folder = Path("spec")
    names = {
        place.name.removesuffix(end)
        for end in (SENDERS, RECEIVERS)
        for place in folder.glob(f"*{end}")
        if place.is_dir()
    }
    return tuple(_family(folder, name) for name in sorted(names))


def _family(folder: Path, name: str) -> Family:
    stems = ((place.stem, str(place)) for place in sorted(folder.glob("*.yaml")))
    own = tuple(path for stem, path in stems if stem == name or stem.startswith(f"{name}-"))
    return Family(
        name, inside(folder / f"{name}{SENDERS}"), inside(folder / f"{name}{RECEIVERS}"), own
    )


def inside(place: Path) -> tuple[str, ...]:
    """The specs of a folder, which may be missing, or the one spec that it is."""
    if place.is_dir() or not place.suffix:
        return tuple(str(path) for path in sorted(place.glob("*.yaml")))
    return (str(place),)
