"""The reader: what a spec's nodes become, and everything that can be wrong with their shape."""

from pathlib import Path

import pytest

from wirechart.diagnostics import Span
from wirechart.expressions import Boolean, Name, Not, Number, show
from wirechart.model import (
    Alternative,
    Bytes,
    Check,
    Code,
    Connection,
    Contents,
    DataField,
    Else,
    Ending,
    Fallback,
    Field,
    Fields,
    HeaderField,
    Idle,
    Json,
    Limit,
    Linger,
    List,
    Map,
    Message,
    Put,
    Reaction,
    Ref,
    ReplyPayload,
    Set,
    Spec,
    State,
    Table,
    Tighter,
)
from wirechart.reader import read
from wirechart.syntax import parse

ROOT = Path(__file__).parent.parent
EVERY_FEATURE = (ROOT / "tests" / "data" / "every-feature.yaml").read_text()
HERE = Span(1, 1, 1, 2)  # places do not count when parts are compared


def spec(text: str = EVERY_FEATURE) -> Spec:
    found, findings = read(parse(text))
    assert findings == ()
    assert found is not None
    return found


def ref(name: str) -> Ref:
    return Ref(name, HERE)


def message(name: str) -> Message:
    return next(message for message in spec().messages if message.name == name)


def state(name: str) -> State:
    top = spec().machine.states
    return next(state for state in (*top, *top[0].states) if state.name == name)


@pytest.mark.parametrize("path", ["spec/ch-migration.yaml", "tests/specs/nbd-transmission.yaml"])
def test_the_two_protocols_read_without_a_finding(path: str) -> None:
    found, findings = read(parse((ROOT / path).read_bytes()))

    assert (found is not None, findings) == (True, ())


def test_limits_are_bytes_entries_or_milliseconds() -> None:
    assert spec().limits == (
        Limit("block", "size", 65536, "64 KiB", "One block.", HERE),
        Limit("tiny", "size", 1, "1 byte", "", HERE),
        Limit("small", "size", 512, "512 bytes", "", HERE),
        Limit("table", "size", 4194304, "4 MiB", "", HERE),
        Limit("contents", "size", 1073741824, "1 GiB", "", HERE),
        Limit("huge", "size", 2199023255552, "2 TiB", "", HERE),
        Limit("count", "count", 16, "16", "", HERE),
        Limit("hex", "count", 16, "0x10", "", HERE),
        Limit("idle", "duration", 10000, "10 s", "", HERE),
        Limit("blink", "duration", 250, "250 ms", "", HERE),
        Limit("pause", "duration", 120000, "2 min", "", HERE),
        Limit("day", "duration", 86400000, "24 h", "", HERE),
    )


def test_a_request_frame_has_integers_bytes_and_constants() -> None:
    assert spec().wire.request == (
        Field("magic", "u32", 4, "LINK", HERE, constant=0x4C494E4B),
        Field("tag", "u8", 1, "", HERE, constant=7),
        Field("half", "u16", 2, "", HERE, constant=65535),
        Field("whole", "u64", 8, "", HERE, constant=18446744073709551615),
        Field("code", "u16", 2, "", HERE),
        Field("flags", "u16", 2, "Some bits.", HERE),
        Field("spare", None, 6, "", HERE),
        Field("cookie", "u64", 8, "", HERE),
        Field("length", "u32", 4, "", HERE),
    )


def test_an_echoed_field_has_the_width_of_what_it_repeats() -> None:
    assert spec().wire.reply[3] == Field(
        "cookie", None, 0, "The request's.", HERE, echo=ref("cookie")
    )


def test_the_wire_names_its_fields_roles_and_replies() -> None:
    wire = spec().wire

    assert (wire.byte_order, wire.client, wire.server) == ("big", ref("sender"), ref("receiver"))
    assert (wire.select, wire.status) == (ref("code"), ref("status"))
    assert (wire.payload_size, wire.reply_size) == (ref("length"), ref("size"))
    assert (wire.accept, wire.refuse) == (ref("Ok"), ref("Error"))
    assert wire.replies == (
        Code("Ok", 0, "", HERE),
        Code("Error", 1, "No.", HERE),
        Code("EPERM", 2, "", HERE),
    )


def test_a_header_restates_fields_or_splits_them() -> None:
    assert message("Hello").header == (
        HeaderField(ref("flags"), (Field("flags", "u16", 2, "", HERE),), HERE),
        HeaderField(
            ref("cookie"), (Field("cookie", "u64", 8, "Chosen by the sender.", HERE),), HERE
        ),
        HeaderField(
            ref("spare"),
            (
                Field("version", "u16", 2, "", HERE),
                Field("kind", "u8", 1, "Which.", HERE),
                Field("old", "u8", 1, "", HERE, constant=3),
                Field("reserved", None, 2, "", HERE),
            ),
            HERE,
        ),
    )


def test_a_field_can_be_split_into_parts_called_type_and_doc() -> None:
    text = EVERY_FEATURE.replace(
        "{version: u16, kind: {type: u8, doc: Which.}", "{type: u16, doc: u8"
    )
    split = next(message for message in spec(text).messages if message.name == "Hello").header[2]

    assert [part.name for part in split.parts] == ["type", "doc", "old", "reserved"]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("Hello", None),
        (
            "Slots",
            Fields(
                (Field("slot", "u32", 4, "", HERE), Field("rest", None, 4, "Opaque.", HERE)),
                (ref("memory"), ref("log")),
                HERE,
            ),
        ),
        ("Block", Bytes(streamed=False, max=ref("block"), span=HERE)),
        ("Stream", Bytes(streamed=True, max=ref("huge"), span=HERE)),
        ("Settings", Json("object", ref("block"), HERE, (ref("plain"),))),
        ("Anything", Json("any", ref("block"), HERE, (ref("plain"), ref("fancy")))),
    ],
)
def test_a_payload_is_of_one_kind(name: str, payload: object) -> None:
    assert message(name).payload == payload


def test_a_table_has_columns_a_check_and_contents() -> None:
    table = message("Table").payload

    assert isinstance(table, Table)
    assert table.check is not None
    assert show(table.check) == "gpa + length <= 2^64"
    assert table.columns == (
        Field("gpa", "u64", 8, "", HERE),
        Field("length", "u32", 4, "In bytes.", HERE),
    )
    assert (table.max, table.contents) == (
        ref("table"),
        Contents(ref("length"), ref("gpa"), ref("disk"), ref("contents"), HERE),
    )


def test_a_payload_may_name_the_field_with_its_size() -> None:
    sizes = {message.name: message.payload_size for message in spec().messages}

    assert (sizes["Block"], sizes["Stream"]) == (ref("length"), None)


def test_a_reply_payload_has_its_size_or_any() -> None:
    assert message("Read").reply_payload == ReplyPayload(
        Name("message", "length", HERE), ref("block"), HERE
    )
    assert message("List").reply_payload == ReplyPayload(None, ref("block"), HERE)


def test_a_message_can_be_reserved_sent_by_the_server_or_without_reply() -> None:
    facts = {m.name: (m.code, m.reserved, m.sender, m.replied) for m in spec().messages}

    assert facts["Invalid"] == (0, True, None, True)
    assert facts["Fault"] == (11, False, ref("receiver"), True)
    assert facts["Bye"] == (10, False, None, False)


def test_types_are_names_maps_and_lists() -> None:
    count = ref("count")
    nested = Map(ref("u8"), List(ref("Block"), count, HERE), count, HERE)

    assert {named.name: (named.type, named.doc) for named in spec().types} == {
        "slots": (Map(ref("u32"), ref("fd"), count, HERE), "Descriptors by slot."),
        "nested": (nested, ""),
        "lists": (List(Map(ref("u8"), ref("bytes"), count, HERE), count, HERE), ""),
        "short": (List(ref("u8"), count, HERE), "Long form of a list."),
    }


def test_context_and_data_have_types_and_docs() -> None:
    assert spec().context[:2] == (
        DataField("version", ref("u16"), "Agreed on before.", HERE),
        DataField("names", List(ref("text"), ref("count"), HERE), "Known names.", HERE),
    )


def plain(target: str | None) -> Alternative:
    """A reaction in the short form."""
    to = ref(target) if target else None
    return Alternative(to, (), True, None, (), (), None, "", HERE)


def test_reactions_are_short_long_or_several() -> None:
    left = Alternative(ref("Failed"), (), False, None, (), (), ref("left"), "Leaves.", HERE)

    assert state("Open").reactions == (
        Reaction(ref("Bye"), (left,), HERE),
        Reaction(ref("Block"), (plain(None),), HERE),
    )
    assert [a.target for a in state("Waiting").reactions[0].alternatives] == [ref("Ready"), None]


def test_an_else_beside_if_belongs_to_every_check_without_its_own() -> None:
    (slots,) = state("Waiting").reactions[1].alternatives
    stay = Else(None, None, True, None, HERE)

    assert [(show(check.condition), check.otherwise) for check in slots.checks] == [
        ("message.slot < limits.count", stay),
        ("context.flags & 2 == 0", Else(ref("EPERM"), None, False, None, HERE)),
        ("message.slot != 3", Else(ref("Error"), ref("Failed"), False, ref("three"), HERE)),
        ("not false", stay),
    ]
    assert slots.checks[3] == Check(Not(Boolean(False, HERE), HERE), stay, HERE)


def test_set_takes_literals_and_put_one_entry_each() -> None:
    (slots,) = state("Waiting").reactions[1].alternatives

    assert slots.set == (
        Set(ref("count"), 16, HERE),
        Set(ref("name"), "on", HERE),
        Set(ref("calm"), True, HERE),
        Set(ref("word"), "no", HERE),
    )
    assert slots.put == (
        Put(ref("held"), Name("message", "slot", HERE), Name("message", "memory", HERE), HERE),
    )


def test_refusals_and_endings_of_a_state() -> None:
    opened = state("Open")
    failed = ref("Failed")

    assert (
        opened.otherwise,
        opened.on_refused,
        opened.on_malformed,
        opened.on_handler_error,
        opened.on_eof,
        opened.on_lost,
    ) == (
        Fallback(True, ref("Error"), failed, ref("refused_it"), "No.", HERE),
        Fallback(True, None, None, None, "", HERE, drained=False),
        Fallback(False, None, failed, None, "", HERE),
        Fallback(True, ref("EPERM"), None, None, "", HERE),
        Ending(failed, None, ref("gone"), "The end.", HERE),
        Ending(failed, None, None, "", HERE),
    )


@pytest.mark.parametrize(
    ("written", "idle"),
    [
        ("{after: limits.idle, to: Failed}", ("idle", "idle")),
        ("{after: limits.idle, between_messages: never, to: Failed}", ("idle", None)),
        ("{after: never, to: Failed}", (None, None)),
        ("{after: never, between_messages: limits.day, to: Failed}", (None, "day")),
    ],
)
def test_silence_between_messages_is_like_any_other_unless_said(
    written: str, idle: tuple[str | None, str | None]
) -> None:
    text = EVERY_FEATURE.replace("{after: never, to: Failed}", written)
    after, between = (ref(name) if name else None for name in idle)

    assert spec(text).machine.states[0].states[1].on_idle == Idle(
        after, between, ref("Failed"), None, "", HERE
    )


def test_a_failure_lingers_and_a_success_does_not() -> None:
    lingering = Linger(ref("blink"), ((ref("Bye"), ref("Ok")),), (ref("left"), ref("gone")), HERE)

    assert (state("Failed").final, state("Failed").linger) == ("failure", lingering)
    assert (state("Done").final, state("Done").linger) == ("success", None)


def test_parts_know_where_they_were_written() -> None:
    found = spec()
    line = {text: n for n, text in enumerate(EVERY_FEATURE.splitlines(), 1)}
    block = line['  block: {value: 64 KiB, doc: "One block.", was: piece}']

    assert found.limits[0].span == Span(block, 3, block, 8)
    assert found.span == Span(3, 11, 3, 24)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("007", "007"),
        ("1.10", "1.10"),
        ("-1", "-1"),
        ("True", "True"),
        ("'true'", "true"),
        ("'12'", "12"),
        ("0x1f", 31),
        ("0", 0),
        ("false", False),
    ],
)
def test_a_literal_is_a_number_or_boolean_only_in_its_one_spelling(
    written: str, value: bool | int | str
) -> None:
    text = EVERY_FEATURE.replace("set: {count: 0x10, name: 'on'", f"set: {{a: {written}")
    (slots,) = spec(text).machine.states[0].states[0].reactions[1].alternatives

    assert slots.set[0] == Set(ref("a"), value, HERE)


def test_a_number_keeps_how_it_was_written() -> None:
    table = message("Table").payload
    assert isinstance(table, Table)
    limit = getattr(table.check, "right", None)

    assert isinstance(limit, Number)
    assert limit.text == "2^64"


def test_connections_say_what_carries_them_and_whether_order_alone_tells_them() -> None:
    assert spec().connections == (
        Connection(
            name="main",
            opener=ref("sender"),
            asker=None,
            preamble=(),
            most=None,
            bare=(),
            doc="The first one.",
            span=HERE,
            over=(ref("unix"), ref("tcp"), ref("tls")),
        ),
        Connection(
            "other",
            ref("sender"),
            None,
            (),
            None,
            (),
            "",
            HERE,
            later=True,
            limits=(Tighter(ref("table"), ref("small")),),
        ),
    )


def test_a_spec_says_that_it_is_a_model() -> None:
    assert (spec().model, spec(EVERY_FEATURE.replace("model: true\n", "")).model) == (True, False)
