"""Generated packages without files: every module is imported, and every test is run once."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from itertools import product
from typing import Any, cast

import pytest

from wirechart.build import check, failed, outputs
from wirechart.loading import importable
from wirechart.names import package


def made(text: str) -> tuple[str, Mapping[str, str]]:
    """The package's name, and the files of a spec that passes `wirechart check`."""
    checked = check(text)
    assert checked.spec is not None
    assert not failed(checked.findings), checked.findings
    return package(checked.spec.protocol), outputs(checked.spec, "spec/x.yaml", ("generated",))


def red(name: str, files: Mapping[str, str]) -> list[str]:
    """The modules that cannot be imported and the tests that fail, by name; and `no test`."""
    ran = 0
    wrong: list[str] = []
    with importable(files, name), pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pytest", pytest)
        for module in _modules(files):
            try:
                tests = list(_tests(module))
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with it
                wrong.append(f"{module}: {error}")
                continue
            for called, test in tests:
                ran += 1
                try:
                    test()
                except Exception:  # noqa: BLE001 -- a test that raises fails
                    wrong.append(f"{module}: {called}")
    return wrong if ran or wrong else ["no test"]


def _modules(files: Mapping[str, str]) -> Iterator[str]:
    paths = [path for path in files if path.endswith(".py") and not path.endswith("__main__.py")]
    for path in paths:
        yield path.removeprefix("generated/").removesuffix(".py").replace("/", ".")


def _tests(module: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The tests of a module with all their parameters, as functions of nothing."""
    loaded = import_module(module.removesuffix(".__init__"))
    for name, function in vars(loaded).items():
        if name.startswith("test_"):
            for values in _parameters(function):
                named = ", ".join(map(str, values.values()))
                yield f"{name}[{named}]", partial(function, **values)


def _parameters(function: Callable[..., None]) -> Iterator[dict[str, Any]]:
    marks = cast("list[pytest.Mark]", getattr(function, "pytestmark", []))
    choices: list[list[dict[str, Any]]] = []
    for mark in marks:
        names, values = mark.args
        listed = (names,) if isinstance(names, str) else names
        rows = ((value,) if isinstance(names, str) else value for value in values)
        choices.append([dict(zip(listed, row, strict=True)) for row in rows])
    for chosen in product(*choices):
        yield {name: value for part in chosen for name, value in part.items()}
