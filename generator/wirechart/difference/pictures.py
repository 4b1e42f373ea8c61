"""Which pictures a comparison has, and why it has none. Draws nothing."""

from typing import TYPE_CHECKING

from wirechart import rules
from wirechart.diagnostics import Severity
from wirechart.difference.overlay import overlays

if TYPE_CHECKING:
    from wirechart.difference.comparison import Comparison
    from wirechart.difference.overlay import Overlay
    from wirechart.revisions import Version

MOST = 150  # arrows of a picture that can be read, and that code hosts draw


def pictures(compared: "Comparison") -> "tuple[tuple[Overlay, ...], tuple[str, ...]]":
    """The pictures, and what is to be said of those that are missing."""
    if compared.before is None or compared.new is None or compared.old is None:
        return (), ()
    for version in (compared.old, compared.new):
        if _wrong(version):
            path = version.source.path
            return (), (f"Not drawn: {path} has errors, which `wirechart check` tells.",)
    found = overlays(compared.before, compared.new.spec, compared.difference)
    drawn = tuple(one for one in found if len(one.arrows) <= MOST)
    left = (one for one in found if one not in drawn)
    return drawn, tuple(f"Not drawn: {one.title}, {len(one.arrows)} arrows." for one in left)


def _wrong(version: "Version") -> bool:
    return any(found.severity == Severity.ERROR for found in rules.check(version.spec))
