"""Statecharts for wire protocols: one YAML spec, checked, drawn, generated and tested.

    >>> import wirechart
    >>> protocol = wirechart.load("spec/link.yaml")
    >>> protocol.check()                 # findings, as `wirechart check` prints them
    >>> protocol.table                   # what happens in every state on every event
    >>> protocol.build().files           # path -> text, as `wirechart build` writes them
    >>> protocol.simulate()              # the chart, to be sent messages
    >>> wirechart.compare(old, protocol).lines  # what changed, as `wirechart diff` prints it

Importing this package imports nothing else: its parts come when they are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wirechart.api import Protocol as Protocol
    from wirechart.api import SpecError as SpecError
    from wirechart.api import compare as compare
    from wirechart.api import load as load
    from wirechart.build import Build as Build
    from wirechart.decisions import Outcome as Outcome
    from wirechart.decisions import Row as Row
    from wirechart.diagnostics import Finding as Finding
    from wirechart.diagnostics import Severity as Severity
    from wirechart.diagnostics import Span as Span

__version__ = "0.1.0"

_WHERE = {
    "Build": "build",
    "Finding": "diagnostics",
    "Outcome": "decisions",
    "Protocol": "api",
    "Row": "decisions",
    "Severity": "diagnostics",
    "Span": "diagnostics",
    "SpecError": "api",
    "compare": "api",
    "load": "api",
}
__all__ = [
    "Build",
    "Finding",
    "Outcome",
    "Protocol",
    "Row",
    "Severity",
    "Span",
    "SpecError",
    "__version__",
    "compare",
    "load",
]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(f"wirechart.{_WHERE[name]}"), name)
    raise AttributeError(f"wirechart.{name}")
