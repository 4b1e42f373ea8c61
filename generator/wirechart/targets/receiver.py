"""The generated package: messages, states, handlers, wire, table, receiver, and its runtime.

Everything in `generated/PACKAGE/` but its tests and its chart of python-statemachine.
"""

from importlib.resources import files as resources
from typing import TYPE_CHECKING

from wirechart import decisions
from wirechart.chart import asks, data, initial
from wirechart.lower import handlers, supplies
from wirechart.names import package
from wirechart.targets import package_handlers, package_table, package_text, package_wire
from wirechart.targets.home import home
from wirechart.targets.printing import printed
from wirechart.targets.python import argument, docstring, import_order, imports
from wirechart.targets.wording import generated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Row


def files(chart: "Chart", source: str) -> dict[str, str]:
    """The package of a machine that answers; `source` is the spec's path for the first lines."""
    if asks(chart.spec):
        return {}
    at = home(chart.spec)
    rows, late = decisions.rows(chart), decisions.linger_rows(chart)
    methods = handlers(chart, rows)
    context = bool(chart.spec.context)
    modules: dict[str, Mapping[str, object]] = {
        "states": package_text.states(chart),
        "handlers": package_handlers.module(chart, methods),
        "wire": package_wire.wire(chart),
        "table": package_table.module(chart, rows, late),
        "receiver": _receiver(chart),
        "__init__": _init(chart, context=context),
    }
    if at.inner:
        modules["messages"] = package_text.own_messages(chart, str(modules))
    else:
        modules["messages"] = package_text.messages(chart)
    if not at.inner:
        modules["__main__"] = _main(chart)
    texts = {
        f"{at.folder}/{name}.py": _render(chart, source, name, modules[name]) for name in modules
    }
    if at.inner:
        return texts
    return texts | {f"{at.folder}/py.typed": ""} | _runtime(at.folder, source)


def table_text(
    chart: "Chart", rows: "tuple[Row, ...]", late: "tuple[Row, ...]", source: str = "mutant"
) -> str:
    """The text of table.py for any rows."""
    return _render(chart, source, "table", package_table.module(chart, rows, late))


def _render(chart: "Chart", source: str, module: str, values: "Mapping[str, object]") -> str:
    spec = chart.spec
    template = "own_messages" if module == "messages" and home(spec).inner else module
    return printed(f"package/{template}.py", spec, source, **values)


def _receiver(chart: "Chart") -> "Mapping[str, object]":
    first = initial(chart)
    held = bool(data(chart, first))
    context = bool(chart.spec.context)
    return {
        "context": context,
        "initial": first,
        "initial_has_data": held,
        "imports": home(chart.spec).imports(
            {
                "handlers": ["Handlers", *(["Context"] if context else [])],
                "messages": ["Code", "Message"],
                "states": ["Running", "Termination", *([] if held else [first])],
                "table": ["FINALS", "OWNED", "TABLE"],
                "wire": ["LAYOUTS", "WIRE"],
            }
        ),
    }


def _init(chart: "Chart", *, context: bool) -> "Mapping[str, object]":
    received, states = package_text.class_names(chart)
    inner = home(chart.spec).inner
    shown = {
        ".handlers": ["Defaults", "Handlers", *(["Context"] if context else [])],
        ".messages": ["Code", "Message", "Reply", *received],
        ".receiver": ["MACHINE", "Receiver", "step"],
        ".runtime": ["Descriptor", "Payload", "Receiving", "Refusal", "Step"],
        ".states": ["Running", "Termination", *states],
    }
    if inner:
        del shown[".runtime"]
    doc = chart.spec.machine.doc if inner else chart.spec.doc
    return {
        "docstring": docstring(0, doc or f"The protocol {chart.spec.protocol}."),
        "imports": [line for module, names in shown.items() for line in imports(module, names)],
        "names": sorted((name for names in shown.values() for name in names), key=import_order),
    }


def _main(chart: "Chart") -> "Mapping[str, object]":
    spec = chart.spec
    methods = handlers(chart, decisions.rows(chart))
    supplied = supplies(chart, methods)
    memories = [f'"{name}"' for name, type_ in supplied.items() if type_ == "runtime.Memory"]
    peer = spec.wire.client if spec.machine.role != spec.wire.client else spec.wire.server
    refusal = next(code.doc for code in spec.wire.replies if code.name == spec.wire.refuse.name)
    return {
        "package": package(spec.protocol),
        "context": bool(spec.context),
        "memories": argument(1, "memories", memories),
        "kept": package_text.sentence(refusal) or f"the {peer.name} keeps what it sent",
    }


def _runtime(folder: str, source: str) -> dict[str, str]:
    """The runtime, as it is, below the first line of a generated file."""
    first = f"# {generated(source)}\n"
    return {
        f"{folder}/runtime/{entry.name}": first + entry.read_text(encoding="utf-8")
        for entry in resources("wirechart.runtime").iterdir()
        if entry.name.endswith(".py")
    }
