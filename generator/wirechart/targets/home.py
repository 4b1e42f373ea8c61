"""Where the output of a machine lies. Knows names and folders, no content."""

from typing import TYPE_CHECKING

from wirechart.names import package
from wirechart.record import record
from wirechart.targets.python import imports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.model import Spec


@record
class Home:
    """The package of one machine: the protocol's own, or one inside it."""

    root: str  # the protocol's package
    package: str  # what one imports: `ch_migration`, `ch_migration.source`
    inner: bool  # it lies inside the protocol's package

    @property
    def folder(self) -> str:
        """Relative to the project's root."""
        return f"generated/{self.package.replace('.', '/')}"

    def imports(self, own: "Mapping[str, Iterable[str]]", *, runtime: bool = True) -> "list[str]":
        """The import statements of a module: names by the module of this package.

        With `runtime`, that too as a whole; the names of its module are the protocol's.
        """
        names = {module: tuple(listed) for module, listed in own.items()}
        if not self.inner:
            whole = ["from . import runtime"] * runtime
            return [*whole, *(line for m in sorted(names) for line in imports(f".{m}", names[m]))]
        shared = [f"from {self.root} import runtime"] * runtime
        shared += imports(f"{self.root}.runtime", names.pop("runtime", ()))
        mine = [line for m in sorted(names) for line in imports(f".{m}", names[m])]
        return [*shared, *([""] if shared and mine else []), *mine]


def home(spec: "Spec") -> Home:
    """The home of a spec's machine."""
    root, name = package(spec.protocol), spec.machine.name
    return Home(root, f"{root}.{name}" if name else root, bool(name))


def diagram_name(spec: "Spec") -> str:
    """The beginning of the names of a machine's diagrams."""
    name = spec.machine.name.replace("_", "-")
    return f"{spec.protocol}-{name}" if name else spec.protocol
