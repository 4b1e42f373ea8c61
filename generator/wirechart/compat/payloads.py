"""Whether a payload that one spec describes is read whole by another. Knows no frames."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.compat import octets
from wirechart.expressions import Binary, Expression, Name, Not, show
from wirechart.model import Bytes, Fields, Json, Table
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.model import Limit, Message, Payload, Ref, Spec


@record
class Fit:
    """What comes of a payload."""

    wrong: str = ""  # why it is never read as it was written; empty: it is
    bounds: tuple[str, ...] = ()  # when it is: `at most 4 MiB of payload`; empty: always
    values: tuple[tuple[str, int], ...] = ()  # fields of which the reader knows the value


def fit(writer: "Spec", written: "Message", reader: "Spec", read: "Message") -> Fit:
    """What `reader` makes of the payload that `writer` puts behind a header."""
    match written.payload, read.payload:
        case None, None:
            return Fit()
        case one, None:
            return Fit(f"{_what(one)} of payload, and none is expected")
        case None, other:
            empty = isinstance(other, Bytes | Table)
            return Fit() if empty else Fit(f"no payload, and {_what(other)} expected")
        case Fields() as one, Fields() as other:
            return _fields(writer, one, reader, other)
        case Json() as one, Json() as other:
            return _json(writer, one, reader, other)
        case Table() as one, Table() as other:
            return _table(writer, one, reader, other)
        case (Bytes() | Json()) as one, Bytes() as other:
            return Fit(bounds=tuple(_at_most(writer, one.max, reader, other.max, "of payload")))
        case one, other:
            return Fit(f"{_what(one)} written, and {_what(other)} expected")


def _what(payload: "Payload | None") -> str:
    match payload:
        case Fields(fields):
            return f"{layout.size(layout.place(fields))} bytes are"
        case Json():
            return "JSON is"
        case Table():
            return "a table is"
        case _:
            return "bytes are"


def _fields(writer: "Spec", one: Fields, reader: "Spec", other: Fields) -> Fit:
    written, read = layout.place(one.fields), layout.place(other.fields)
    if layout.size(written) != layout.size(read):
        sizes = f"{layout.size(written)} bytes are written, and {layout.size(read)} expected"
        return Fit(sizes)
    if len(one.descriptors) != len(other.descriptors):
        return Fit(f"{len(one.descriptors)} descriptors come, and {len(other.descriptors)} may")
    data = octets.fields(written, writer.wire.byte_order)
    values: list[tuple[str, int]] = []
    for placed in read:
        if placed.field.type is None:
            continue
        found = octets.read(data, placed, reader.wire.byte_order)
        if found is None:
            return Fit(f"`{placed.field.name}` is read from bytes that are no such number")
        if isinstance(found, int):
            values.append((placed.field.name, found))
    return Fit(values=tuple(values))


def _json(writer: "Spec", one: Json, reader: "Spec", other: Json) -> Fit:
    bounds = list(_at_most(writer, one.max, reader, other.max, "of payload"))
    if one.shape == "any" and other.shape == "object":
        bounds.append("only as a JSON object")
    mine, theirs = ([ref.name for ref in json.dialects] for json in (one, other))
    shared = [name for name in mine if name in theirs]
    if mine and theirs and not shared:
        return Fit(f"written as {_listed(mine)}, and read as {_listed(theirs)}")
    if theirs and (not mine or len(shared) < len(mine)):
        bounds.append(f"written as {_listed(shared or theirs)}")
    return Fit(bounds=tuple(bounds))


def _listed(names: "list[str]") -> str:
    return " or ".join(f"`{name}`" for name in names)


def _table(writer: "Spec", one: Table, reader: "Spec", other: Table) -> Fit:
    orders = writer.wire.byte_order, reader.wire.byte_order
    names = {a.name: b.name for a, b in zip(one.columns, other.columns, strict=False)}
    sizes = [[column.size for column in table.columns] for table in (one, other)]
    if sizes[0] != sizes[1] or (orders[0] != orders[1] and max(sizes[0]) > 1):
        return Fit("the rows of its table are not those that are expected")
    if (one.contents is None) != (other.contents is None):
        return Fit(f"contents {'follow' if one.contents else 'do not follow'} its table")
    bounds = list(_at_most(writer, one.max, reader, other.max, "of table"))
    if one.contents is not None and other.contents is not None:
        pairs = (one.contents.of, other.contents.of), (one.contents.at, other.contents.at)
        if any(names[a.name] != b.name for a, b in pairs):
            return Fit("its contents are measured or placed by other columns")
        most = one.contents.max, other.contents.max
        bounds += _at_most(writer, most[0], reader, most[1], "of contents")
    same = one.check is not None and _renamed(one.check, names) == other.check
    if other.check is not None and not same:
        bounds.append(f"only with rows for which `{show(other.check)}`")
    return Fit(bounds=tuple(bounds))


def _renamed(check: Expression, names: "Mapping[str, str]") -> Expression:
    match check:
        case Name("", name):
            return replace(check, name=names.get(name, name))
        case Not(operand):
            return replace(check, operand=_renamed(operand, names))
        case Binary(_, left, right):
            return replace(check, left=_renamed(left, names), right=_renamed(right, names))
        case _:
            return check


def _at_most(
    writer: "Spec", one: "Ref", reader: "Spec", other: "Ref", what: str
) -> "Iterator[str]":
    most, least = _limit(writer, one), _limit(reader, other)
    if most.value > least.value:
        yield f"at most {least.text} {what}"


def _limit(spec: "Spec", ref: "Ref") -> "Limit":
    return next(limit for limit in spec.limits if limit.name == ref.name)


def reply_bounds(
    answerer: "Spec", read: "Message", asker: "Spec", asked: "Message"
) -> tuple[str, ...]:
    """When the payload of a reply is not too long for who asked."""
    if read.reply_payload is None or asked.reply_payload is None:
        return ()
    most = read.reply_payload.max, asked.reply_payload.max
    return tuple(_at_most(answerer, most[0], asker, most[1], "in its reply"))
