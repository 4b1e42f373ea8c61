"""An outline as a spec again. Compares nothing."""

from typing import TYPE_CHECKING, Any

from wirechart import model
from wirechart.difference.outline import ENDINGS, FALLBACKS, Amount, Element, FieldType, Path
from wirechart.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.model import Field, Message, Payload, Spec, State


def assemble(elements: "Mapping[Path, Element]") -> "Spec":
    """The spec of an outline; what is found by its name stands in the outline's order."""
    inside: dict[Path, list[Element]] = {}
    for element in elements.values():
        if element.path:
            inside.setdefault(element.path[:-1], []).append(element)
    root, wire = elements[()], elements["wire",]

    def every(*path: str) -> "Iterable[Element]":
        return inside.get(path, ())

    machines = {e.path[-1]: _machine(e, inside) for e in every("machines")}
    return model.Spec(
        protocol=root.values["protocol"],
        doc=root.values["doc"],
        limits=tuple(_limit(element) for element in every("limits")),
        wire=model.Wire(
            **wire.values,
            request=_ordered(elements, ("wire", "request")),
            reply=_ordered(elements, ("wire", "reply")),
            replies=tuple(_named(model.Code, element) for element in every("wire", "replies")),
            span=wire.span,
        ),
        context=tuple(_named(model.DataField, element) for element in every("context")),
        messages=tuple(_read_message(e, elements, inside) for e in every("messages")),
        types=tuple(_named(model.NamedType, element) for element in every("types")),
        connections=tuple(
            _named(model.Connection, e, preamble=_ordered(elements, (*e.path, "preamble")))
            for e in every("connections")
        ),
        machine=_machine(elements["machine",], inside),
        machines=tuple(machines.values()),
        resources=tuple(_named(model.Resource, element) for element in every("resources")),
        properties=tuple(_named(model.Property, element) for element in every("properties")),
        scenarios=tuple(_named(model.Scenario, element) for element in every("scenarios")),
        span=root.span,
        model=root.values["model"],
    )


def _named(kind: Any, element: Element, **more: object) -> Any:  # noqa: ANN401 -- a record of the model
    return kind(name=element.path[-1], **element.values, **more, span=element.span)


def _limit(element: Element) -> model.Limit:
    amount: Amount = element.values["value"]
    doc = element.values["doc"]
    return model.Limit(element.path[-1], amount.kind, amount.value, amount.text, doc, element.span)


def _ordered(elements: "Mapping[Path, Element]", path: Path) -> "tuple[Field, ...]":
    order = elements[path].values["order"] if path in elements else ()
    return tuple(_field(elements[(*path, name)]) for name in order)


def _field(element: Element) -> "Field":
    made: FieldType = element.values["type"]
    return model.Field(
        name=element.path[-1],
        type=made.type,
        size=made.size,
        doc=element.values["doc"],
        span=element.span,
        constant=made.constant,
        echo=made.echo,
    )


def _read_message(
    element: Element, elements: "Mapping[Path, Element]", inside: "Mapping[Path, list[Element]]"
) -> "Message":
    header = tuple(
        model.HeaderField(
            model.Ref(item.path[-1], item.span), _ordered(elements, item.path), item.span
        )
        for item in inside.get((*element.path, "header"), ())
    )
    payload = _payload(elements, (*element.path, "payload"))
    made: Message = _named(
        model.Message, element, header=header, payload=payload, code_span=element.span
    )
    return made


def _payload(elements: "Mapping[Path, Element]", path: Path) -> "Payload | None":
    if path not in elements:
        return None
    shape: Payload = elements[path].values["shape"]
    match shape:
        case model.Fields():
            return replace(shape, fields=_ordered(elements, path))
        case model.Table():
            return replace(shape, columns=_ordered(elements, path))
        case _:
            return shape


def _machine(element: Element, inside: "Mapping[Path, list[Element]]") -> model.Machine:
    path = (*element.path, "states")
    around: dict[str | None, list[Element]] = {}
    for state in inside.get(path, ()):
        around.setdefault(state.values["parent"], []).append(state)

    def built(parent: str | None) -> "tuple[State, ...]":
        return tuple(
            _state(state, inside, built(state.path[-1])) for state in around.get(parent, ())
        )

    name = element.path[1] if len(element.path) > 1 else ""
    return model.Machine(name=name, **element.values, states=built(None), span=element.span)


def _state(
    element: Element, inside: "Mapping[Path, list[Element]]", states: "tuple[State, ...]"
) -> "State":
    parts: dict[str, Any] = dict.fromkeys((*FALLBACKS, *ENDINGS, "on_idle", "linger"))
    for part in inside.get(element.path, ()):
        value = part.values["value"]
        doc = {"doc": part.values["doc"]} if "doc" in part.values else {}
        parts[part.path[-1]] = replace(value, **doc)
    return model.State(
        name=element.path[-1],
        doc=element.values["doc"],
        data=tuple(
            _named(model.DataField, item) for item in inside.get((*element.path, "data"), ())
        ),
        initial=element.values["initial"],
        reactions=tuple(_reaction(item) for item in inside.get((*element.path, "on"), ())),
        otherwise=None,
        states=states,
        final=element.values["final"],
        span=element.span,
        **parts,
    )


def _reaction(element: Element) -> model.Reaction:
    alternatives = tuple(
        replace(one, doc=doc)
        for one, doc in zip(element.values["alternatives"], element.values["doc"], strict=True)
    )
    return model.Reaction(model.Ref(element.path[-1], element.span), alternatives, element.span)
