"""Cases for the generated tests, as data, from the table of decisions and the layouts alone."""

from typing import TYPE_CHECKING

from wirechart.cases import streams, transitions, wire
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.cases.scripts import Suite, WireSuite
    from wirechart.cases.streams import StreamSuite
    from wirechart.chart import Chart


@record
class Cases:
    """All that the tests of a protocol do."""

    transitions: "Suite"
    wire: "WireSuite"
    streams: "StreamSuite"


def cases(chart: "Chart") -> Cases:
    """The three suites of a chart without errors."""
    ways = transitions.ways(chart)
    return Cases(
        transitions.suite(chart, ways), wire.suite(chart, ways), streams.suite(chart, ways)
    )


def gaps(chart: "Chart") -> tuple[str, ...]:
    """What the tests cannot show because no sample was found, in words."""
    made = cases(chart)
    return tuple(dict.fromkeys((*made.transitions.gaps, *made.wire.gaps)))
