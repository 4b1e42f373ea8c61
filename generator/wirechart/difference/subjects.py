"""What the elements of two outlines are called, in paths and in sentences. Compares nothing."""

from typing import TYPE_CHECKING

from wirechart.difference.outline import Element, machine_path
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.difference.outline import Outline, Path
    from wirechart.renaming import Rename


@record
class Sides:
    """Both specs as outlines, the old one in the new names."""

    old: "Outline"
    new: "Outline"
    several: bool  # machines

    def element(self, path: "Path") -> Element:
        """As it is now, or was."""
        return self.new.get(path) or self.old[path]


def dotted(sides: Sides, path: "Path") -> str:
    """`machine.Receiving.Established.on.Start`: states with those around them."""
    if "states" not in path[:3]:
        return ".".join(path) or "protocol"
    at = path.index("states") + 1
    around = [path[at]]
    while (parent := sides.element((*path[:at], around[0])).values["parent"]) is not None:
        around.insert(0, parent)
    return ".".join((*path[: at - 1], *around, *path[at + 1 :]))


def machine_of(path: "Path") -> str:
    """The name of the machine that an element belongs to; "": the protocol's own, or none."""
    return path[1] if path[:1] == ("machines",) else ""


def subject(sides: Sides, element: Element) -> str:
    """What an element is called in a sentence."""
    path = element.path
    named = machine_of(path)
    where = f"{named}: " if sides.several and named and len(path) > 2 else ""
    return f"{where}{_subject(element)}"


def _subject(element: Element) -> str:
    path = element.path
    match element.kind:
        case "protocol":
            return f"protocol {element.values['protocol']}"
        case "frame":
            return f"frame of a {path[1]}"
        case "field":
            return f"field {path[-1]} of {_holder(path)}"
        case "header":
            return f"header field {path[-1]} of {path[1]}"
        case "payload" | "preamble":
            return f"{element.kind} of {path[1]}"
        case "data":
            return f"data {path[-1]} of {path[-3]}"
        case "reaction":
            return f"{path[-3]} on {path[-1]}"
        case "fallback" | "ending" | "idle" | "linger":
            return f"{path[-2]} {path[-1]}"
        case _:
            return " ".join((element.kind, *path[1:][-1:]))


def _holder(path: "Path") -> str:
    if path[0] == "wire":
        return f"a {path[1]}"
    return path[1] if path[0] == "messages" else f"the preamble of {path[1]}"


def place_of(sides: Sides, each: "Rename") -> "Path":
    """The path of what has another name now."""
    match each.kind:
        case "protocol":
            return ()
        case "field":
            return next(_field_paths(sides, each))
        case "state":
            return (*machine_path(each.within[0]), "states", each.new)
        case "data":
            return (*machine_path(each.within[0]), "states", each.within[1], "data", each.new)
        case "machine":
            return machine_path(each.new)
        case _:
            return (*PLACES[each.kind], each.new)


def _field_paths(sides: Sides, each: "Rename") -> "Iterator[Path]":
    message = ("messages", each.within[0])
    for path in sides.new:
        if path[:2] == message and path[-1] == each.new and sides.new[path].kind == "field":
            yield path


PLACES: "Mapping[str, Path]" = {
    "limit": ("limits",),
    "request field": ("wire", "request"),
    "reply field": ("wire", "reply"),
    "reply": ("wire", "replies"),
    "context": ("context",),
    "message": ("messages",),
    "type": ("types",),
    "connection": ("connections",),
    "resource": ("resources",),
    "property": ("properties",),
    "scenario": ("scenarios",),
}
