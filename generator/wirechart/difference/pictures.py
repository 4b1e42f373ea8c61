"""Which pictures a comparison has, and why it has none. Draws nothing."""

from typing import TYPE_CHECKING

from wirechart import rules
from wirechart.diagnostics import Severity
from wirechart.difference.overlay import overlays

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding
    from wirechart.difference.comparison import Comparison
    from wirechart.difference.overlay import Overlay
    from wirechart.revisions import Version

MOST = 150  # arrows of a picture that can be read, and that code hosts draw


def pictures(compared: "Comparison") -> "tuple[tuple[Overlay, ...], tuple[str, ...]]":
    """The pictures, and what is to be said of those that are missing."""
    if compared.before is None or compared.new is None or compared.old is None:
        return (), ()
    for version in (compared.old, compared.new):
        wrong = _nameless(version)
        if wrong is not None:
            place = f"{version.source.path}:{wrong.span.line}"
            return (), (f"Not drawn: {place}: {wrong.message}.",)
    found = overlays(compared.before, compared.new.spec, compared.difference)
    drawn = tuple(one for one in found if len(one.arrows) <= MOST)
    left = (one for one in found if one not in drawn)
    return drawn, tuple(f"Not drawn: {one.title}, {len(one.arrows)} arrows." for one in left)


def _nameless(version: "Version") -> "Finding | None":
    """A name that names nothing, so that nothing can be drawn; other errors do not matter."""
    found = rules.check(version.spec)
    wrong = (one for one in found if one.severity == Severity.ERROR and one.code[:3] == "REF")
    return next(wrong, None)
