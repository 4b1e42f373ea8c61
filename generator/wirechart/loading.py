"""Generated text as modules, without files. Knows Python's import system; knows no protocol."""

import sys
from contextlib import contextmanager
from functools import lru_cache
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from types import CodeType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence


class Texts:
    """Finds and loads the modules of one package in a mapping of paths to texts."""

    def __init__(self, files: "Mapping[str, str]", package: str) -> None:
        """Paths are `generated/PACKAGE/…`; what does not end in `.py` is no module."""
        self.package = package
        self.texts = {
            _module(path): (path, text) for path, text in files.items() if path.endswith(".py")
        }

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What Python asks before it imports."""
        del path, target
        if name not in self.texts:
            return None
        origin = self.texts[name][0]
        is_package = origin.endswith("/__init__.py")
        return ModuleSpec(name, self, origin=origin, is_package=is_package)  # type: ignore[arg-type]  # it has all that a loader needs

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """None: the usual empty one."""
        del spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module."""
        origin, text = self.texts[module.__name__]
        run(text, origin, module.__dict__)


def _module(path: str) -> str:
    parts = path.removesuffix(".py").split("/")[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run(text: str, origin: str, names: "dict[str, Any]") -> None:
    """Run the text of a module. It is our own: made here, from a spec that was checked."""
    exec(_compiled(text, origin), names)  # noqa: S102 -- as said above


@lru_cache(maxsize=64)  # packages share their runtime
def _compiled(text: str, origin: str) -> "CodeType":
    return compile(text, origin, "exec")


@contextmanager
def importable(files: "Mapping[str, str]", package: str) -> "Generator[None]":
    """Let imports find a generated package in these texts, and nothing of that name on disk.

    Tests among them find a pytest that only marks: their functions are not run as tests.
    """
    finder = Texts(files, package)
    names = [name for name in sys.modules if _belongs(name, package)]
    before = {name: sys.modules.pop(name) for name in names}
    sys.meta_path.insert(0, finder)
    sys.modules["pytest"] = _marking()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _belongs(name, package)]:
            del sys.modules[name]
        sys.modules.update(before)


def _belongs(name: str, package: str) -> bool:
    return name in (package, "pytest") or name.startswith(f"{package}.")


def _marking() -> ModuleType:
    """As much of pytest as the import of a test needs."""
    stand_in = module_from_spec(ModuleSpec("pytest", None))

    def unchanged(function: "Callable[..., None]") -> "Callable[..., None]":
        return function

    def parametrize(*_arguments: object, **_named: object) -> object:
        return unchanged

    stand_in.__dict__["mark"] = SimpleNamespace(parametrize=parametrize)
    return stand_in
