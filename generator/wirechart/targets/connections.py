"""The kinds of connection of a protocol, as its own machine accepts them. Knows no states."""

from typing import TYPE_CHECKING

from wirechart import samples
from wirechart.chart import build
from wirechart.lower import constant
from wirechart.targets.home import home
from wirechart.targets.literals import octets
from wirechart.targets.printing import printed
from wirechart.targets.statements import call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.chart import Chart
    from wirechart.model import Connection, Spec

LANES = ("Deadlines", "Lane", "Terms")


def files(chart: "Chart", source: str) -> dict[str, str]:
    """`connections.py` of the protocol's package; none without `connections`."""
    spec, at = chart.spec, home(chart.spec)
    if at.inner or not spec.connections:
        return {}
    limits = {constant(kind.most.name) for kind in spec.connections if kind.most is not None}
    lanes = [line for kind in spec.connections for line in _lane(spec, kind)]
    text = printed(
        "package/connections.py",
        spec,
        source,
        imports=at.imports(
            {"messages": limits, "runtime.lanes": LANES, "wire": ["REQUEST"]}, runtime=False
        ),
        lanes=lanes,
    )
    return {f"{at.folder}/connections.py": text}


def _lane(spec: "Spec", kind: "Connection") -> "Iterator[str]":
    first = preamble(spec, kind)
    arguments = [f'name="{kind.name}"', f"preamble={octets(first) if first else None}"]
    if kind.most is not None:
        arguments.append(f"most={constant(kind.most.name)}")
    if kind.bare:
        begins = ", ".join(octets(_begin(spec, ref.name, len(first))) for ref in kind.bare)
        arguments.append(f"bare=({begins},)")
    if (kind.asker or kind.opener).name == spec.machine.role.name:
        arguments.append("asks=True")
    yield from call(1, "Lane", arguments, ",")


def preamble(spec: "Spec", kind: "Connection") -> bytes:
    """The bytes before anything else; empty on the first connection."""
    order = spec.wire.byte_order
    parts = ((field.constant or 0).to_bytes(field.size, order) for field in kind.preamble)
    return b"".join(parts)


def _begin(spec: "Spec", message: str, size: int) -> bytes:
    """The first bytes of a request."""
    chart = build(spec)
    return samples.request(chart, chart.messages[message]).header[:size]
