"""The generated receivers of a spec, in memory. Knows packages; knows no verdict and no peer."""

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from wirechart import build
from wirechart.cases import data
from wirechart.cases.machine import Machine, machine
from wirechart.cases.values import Value, plain
from wirechart.chart import Chart, asks, initial, views
from wirechart.chart import build as chart_of
from wirechart.chart import data as held
from wirechart.loading import importable, run
from wirechart.model import Spec
from wirechart.names import package
from wirechart.targets import connections, printing, receiver, sender
from wirechart.targets.home import home
from wirechart.targets.tests import Writer

SOURCE = "spec/mutant.yaml"
PACE = 0.125  # seconds before every step
RUNTIMES: dict[str, Mapping[str, ModuleType]] = {}  # by package: no spec changes it


@dataclass(frozen=True)
class Answerer:
    """A machine that answers, and what its package has; nothing of it is shared with another."""

    chart: Chart
    machine: Machine
    modules: Mapping[str, ModuleType]

    def begin(self, agreed: Mapping[str, Value]) -> "Running":
        """A receiver at its beginning; `agreed` is what of the context is not as usual."""
        failing: list[int] = []
        watched = self.modules["testing"].Watched(self.modules["samples"].handlers(), fails=failing)
        named: dict[str, Any] = {}
        if self.chart.spec.context:
            values = {name: plain(value) for name, value in data.context(self.chart, agreed)}
            named["context"] = self.modules["handlers"].Context(**values)
        made = self.modules["receiver"].Receiver(watched.handlers, **named)
        return Running(made, watched, failing, self.modules["runtime"].Descriptor)


@dataclass
class Running:
    """A receiver while somebody talks to it."""

    receiver: Any
    watched: Any
    failing: list[int]  # the numbers of the calls of handlers that raise
    descriptor: Callable[[int], Any]
    now: float = field(default=0.0)

    @property
    def state(self) -> str:
        """Where it is, or how it ended."""
        return type(self.receiver.termination or self.receiver.state).__name__

    def fed(self, header: bytes, payload: bytes, early: int, descriptors: int) -> bytes:
        """The replies to a request, whose descriptors come with the header or behind it."""
        self.now += PACE
        replies: bytes = self.receiver.feed(header, self._sent(early), now=self.now)
        if payload:
            replies += self.receiver.feed(payload, self._sent(descriptors), now=self.now)
        return replies

    def _sent(self, count: int) -> tuple[Any, ...]:
        return tuple(self.descriptor(-1) for _ in range(count))

    def ended(self) -> bytes:
        """The replies when the stream ends."""
        self.now += PACE
        replies: bytes = self.receiver.eof(now=self.now)
        return replies

    def waited(self, seconds: float) -> bytes:
        """The replies when nothing comes for so long."""
        self.now += seconds
        replies: bytes = self.receiver.tick(self.now)
        return replies


@dataclass(frozen=True)
class Version:
    """A spec without errors, and its packages."""

    text: str
    spec: Spec
    files: Mapping[str, str]
    answerers: Mapping[str, Answerer]  # by name; those that need nothing to begin
    modules: Mapping[str, ModuleType]  # all that were imported, by their whole names

    def failing(self, module: str) -> list[str]:
        """The tests in a module's text that fail on these packages."""
        failed: list[str] = []
        with _importable(self.files, package(self.spec.protocol), self.modules):
            names: dict[str, Any] = {"__name__": "witnesses"}
            run(module, "witnesses", names)
            for name in [name for name in names if name.startswith("test_")]:
                try:
                    names[name]()
                except AssertionError:
                    failed.append(name)
        return failed


def version(text: str) -> Version | None:
    """None: it has errors, or is no spec that packages are made of."""
    checked = build.check(text)
    if checked.spec is None or build.failed(checked.findings) or checked.spec.model:
        return None
    charts = [chart_of(view) for view in views(checked.spec)]
    files = _files(charts)
    root = package(checked.spec.protocol)
    with _importable(files, root, RUNTIMES.get(root, {})):
        found = {
            chart.spec.machine.name: _answerer(chart)
            for chart in charts
            if not asks(chart.spec) and not held(chart, initial(chart))
        }
        modules = {name: each for name, each in sys.modules.items() if _inside(name, root)}
    RUNTIMES[root] = {name: modules[name] for name in modules if _inside(name, f"{root}.runtime")}
    return Version(text, checked.spec, files, found, modules)


@contextmanager
def _importable(
    files: Mapping[str, str], root: str, modules: Mapping[str, ModuleType]
) -> Generator[None]:
    """Some modules of a package are there already."""
    with importable(files, root):
        sys.modules.update(modules)
        yield


def _inside(name: str, root: str) -> bool:
    return name == root or name.startswith(f"{root}.")


def _files(charts: "list[Chart]") -> dict[str, str]:
    """The packages, and of their tests what a test of a witness needs."""
    made: dict[str, str] = {}
    for target in (receiver, connections, sender):
        for chart in charts:
            made |= target.files(chart, SOURCE)
    for chart in charts:
        if not asks(chart.spec):
            folder = f"{home(chart.spec).folder}/tests"
            values = Writer(chart).samples()
            text = printing.printed("tests/samples.py", chart.spec, SOURCE, **values)
            made |= {f"{folder}/__init__.py": "", f"{folder}/samples.py": text}
    return made


def _answerer(chart: Chart) -> Answerer:
    at = home(chart.spec)
    modules = {name: import_module(f"{at.package}.{name}") for name in ("handlers", "receiver")} | {
        "samples": import_module(f"{at.package}.tests.samples"),
        "runtime": import_module(f"{at.root}.runtime"),
        "testing": import_module(f"{at.root}.runtime.testing"),
    }
    return Answerer(chart, machine(chart), modules)
