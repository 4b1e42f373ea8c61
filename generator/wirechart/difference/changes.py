"""The difference of two specs as a value: complete enough to be applied. Prints nothing."""

from typing import TYPE_CHECKING, Any, Literal

from wirechart.difference.assembly import assemble
from wirechart.difference.meaning import Usual, alike, normal
from wirechart.difference.outline import Element, Outline, Path, outline
from wirechart.record import field, record, replace
from wirechart.renaming import Rename, rename, renames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.diagnostics import Span
    from wirechart.model import Spec

Sign = Literal["+", "-", "~", "="]  # added, removed, changed, renamed


@record
class Change:
    """One element that is new or gone, or one thing that is said otherwise of it."""

    sign: Sign
    path: Path  # as called now
    key: str  # of the element's values; "": the whole element
    old: Any  # the value, or the Element; None where it was added
    new: Any  # the same; None where it was removed
    before: "Span | None" = field(compare=False)  # in the old spec; None: not there
    after: "Span | None" = field(compare=False)  # in the new one


@record
class Difference:
    """What makes one spec another."""

    renames: tuple[Rename, ...]
    changes: tuple[Change, ...]  # in the order of the new spec, what is gone behind

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.renames or self.changes)


def difference(old: "Spec", new: "Spec") -> Difference:
    """Everything that means something else in `new`."""
    found = renames(old, new)
    return Difference(found, changes(*outlines(rename(old, found), new)))


def outlines(old: "Spec", new: "Spec") -> tuple[Outline, Outline]:
    """Both in the form in which they are compared; the old one has its new names already."""
    before, after = alike(old, new)
    return outline(before), outline(after)


def whole(spec: "Spec", sign: Sign) -> Difference:
    """A protocol that is new, or gone."""
    elements = outline(normal(spec, Usual())).values()
    return Difference((), tuple(_whole(element, sign) for element in elements))


def apply(old: "Spec", changed: Difference) -> "Spec":
    """The spec that the old one became: it means what the new one means.

    Raises:
        KeyError: the difference is not one of this spec.
    """
    elements = outline(normal(rename(old, changed.renames), Usual()))
    for change in changed.changes:
        if change.key:
            element = elements[change.path]
            values = {**element.values, change.key: change.new}
            elements[change.path] = replace(element, values=values)
        elif change.sign == "+":
            elements[change.path] = change.new
        else:
            del elements[change.path]
    return assemble(elements)


def changes(old: Outline, new: Outline) -> tuple[Change, ...]:
    """What is said otherwise, is new, or is gone."""
    return tuple(_changes(old, new))


def _changes(old: Outline, new: Outline) -> "Iterator[Change]":
    for path, element in new.items():
        if path in old:
            yield from _values(old[path], element)
        else:
            yield _whole(element, "+")
    for path, element in old.items():
        if path not in new:
            yield _whole(element, "-")


def _whole(element: Element, sign: Sign) -> Change:
    added = sign == "+"
    old, new = (None, element) if added else (element, None)
    before, after = (None, element.span) if added else (element.span, None)
    return Change(sign, element.path, "", old, new, before, after)


def _values(old: Element, new: Element) -> "Iterator[Change]":
    for key, value in new.values.items():
        was = old.values[key]
        if was != value:
            yield Change("~", new.path, key, was, value, old.span, new.span)
