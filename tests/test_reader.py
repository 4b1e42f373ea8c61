"""The reader: what a spec's nodes become, and everything that can be wrong with their shape."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirechart.diagnostics import Span
from wirechart.expressions import Boolean, Name, Not, Number, names, show
from wirechart.model import (
    Alternative,
    Bytes,
    Check,
    Code,
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
)
from wirechart.reader import EXPLANATIONS, read
from wirechart.syntax import Document, Entry, Mapping, Node, Scalar, Sequence, parse

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
                Field("reserved", None, 3, "", HERE),
            ),
            HERE,
        ),
    )


def test_a_field_can_be_split_into_parts_called_type_and_doc() -> None:
    text = EVERY_FEATURE.replace(
        "{version: u16, kind: {type: u8, doc: Which.}", "{type: u16, doc: u8"
    )
    split = next(message for message in spec(text).messages if message.name == "Hello").header[2]

    assert [part.name for part in split.parts] == ["type", "doc", "reserved"]


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
        ("Settings", Json("object", ref("block"), HERE)),
        ("Anything", Json("any", ref("block"), HERE)),
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
        Fallback(True, None, None, None, "", HERE),
        Fallback(False, None, failed, None, "", HERE),
        Fallback(True, ref("EPERM"), None, None, "", HERE),
        Ending(failed, ref("gone"), "The end.", HERE),
        Ending(failed, None, "", HERE),
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
    block = line['  block: {value: 64 KiB, doc: "One block."}']

    assert found.limits[0].span == Span(block, 3, block, 8)
    assert found.span == Span(3, 11, 3, 24)


SMALL = """\
wirechart: 1
protocol: link
limits: {block: 64 KiB, idle: 10 s}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, length: u32}
  reply: {status: u16}
  select: code
  status: status
  replies: {Ok: 0}
  accept: Ok
  refuse: Ok
messages:
  Hello: {code: 1, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      on: {Hello: Done}
    Done: {final: success}
"""


KEBAB_CASE = "lower-case letters and digits, joined by `-`"


def told(old: str, new: str) -> list[tuple[str, str, str, str]]:
    """What SMALL with a change is told: the place as marked text, code, message, help."""
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    _, findings = read(parse(text))
    lines = text.splitlines()
    return [
        (
            lines[f.span.line - 1][f.span.column - 1 : f.span.end_column - 1],
            f.code,
            f.message,
            f.help,
        )
        for f in findings
    ]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "select: code",
            "select: code\n  selct: code",
            (
                "selct",
                "STR001",
                "`selct` is not a key of the wire",
                "known: `concurrency`, `doc`, `payload_size`, `reply_size`",
            ),
        ),
        (
            "initial: Open",
            "inital: Open",
            ("inital", "STR001", "`inital` is not a key of the machine", "did you mean `initial`?"),
        ),
        (
            "code: 1, ",
            "",
            (
                "Hello",
                "STR002",
                "`Hello` has no `code`",
                "add `code:`, its number in the `select` field",
            ),
        ),
        (
            "payload: none",
            "payload: {max: limits.block}",
            (
                "max",
                "STR002",
                "`payload` does not say which kind of payload it is",
                "add one of `fields:`, `bytes:`, `json:`, `table:`",
            ),
        ),
        (
            "{final: success}",
            "[final]",
            ("final", "STR003", "`Done` must be a mapping, found a list", "write `{}`"),
        ),
        (
            "code: 1",
            "code: one",
            ("one", "STR004", "`one` is not an integer", "write digits, such as `12`, or `0x1f`"),
        ),
        ("code: 1", "code: '1'", ("'1'", "STR004", "`1` is not an integer", "remove the quotes")),
        (
            "code: 1",
            "code: 18446744073709551616",
            (
                "18446744073709551616",
                "STR005",
                "`18446744073709551616` is out of range: 0 … 2^64-1",
                "write a number inside the range",
            ),
        ),
        (
            "wirechart: 1",
            "wirechart: 2",
            (
                "2",
                "STR005",
                "`2` is out of range: only 1",
                "write `1`: the only version of the language there is",
            ),
        ),
        (
            "{status: u16}",
            "{status: u16, mark: {u8: 256}}",
            ("256", "STR005", "`256` is out of range: 0 … 255", "write a number inside the range"),
        ),
        (
            "code: 1",
            "code: 010",
            ("010", "STR006", "`010` is text here, and 8-based elsewhere", "write `10`"),
        ),
        (
            "code: 1",
            "code: 1e3",
            ("1e3", "STR006", "`1e3` is not how a number is written here", "write `1000`"),
        ),
        (
            "idle: 10 s",
            "idle: 10sec",
            ("10sec", "STR007", "`10sec` is not a size, a duration or a count", "write `10 s`"),
        ),
        (
            "block: 64 KiB",
            "block: 64 kB",
            ("64 kB", "STR007", "`64 kB` is not a size, a duration or a count", "write `64 KiB`"),
        ),
        (
            "initial: Open",
            "initial: open",
            (
                "open",
                "STR008",
                "`open` is not a state's name",
                "a state's name is a capital letter, then letters and digits, such as `Open`",
            ),
        ),
        (
            "protocol: link",
            "protocol: My_Link",
            (
                "My_Link",
                "STR008",
                "`My_Link` is not a protocol's name",
                f"a protocol's name is {KEBAB_CASE}, such as `my-link`",
            ),
        ),
        (
            "initial: Open",
            f"initial: {'O' * 41}",
            (
                "O" * 41,
                "STR009",
                "41 characters are too many for a state's name",
                "shorten it to 40 or fewer",
            ),
        ),
        (
            "success",
            "sucess",
            (
                "sucess",
                "STR010",
                "`sucess` is not an outcome for `final`",
                "did you mean `success`?",
            ),
        ),
        (
            "payload: none",
            "payload: {bytes: stored, max: 4 MiB}",
            (
                "4 MiB",
                "STR011",
                "`4 MiB` is a literal; every maximum has a name",
                "give it a name under `limits:`, and write `limits.NAME` here",
            ),
        ),
        (
            "payload: none",
            "payload: {bytes: stored, max: block}",
            ("block", "STR012", "`block` is not a named limit", "write `limits.block`"),
        ),
        (
            "{Ok: 0}",
            "{}",
            ("{}", "STR013", "`replies` is empty", "add at least one entry to the replies"),
        ),
        ("{final: success}", "", ("Done", "STR013", "`Done` is empty", "write `{}`")),
        (
            "byte_order: little",
            "byte_order: ~",
            ("~", "STR013", "`byte_order` is empty", "write a byte order, such as `little`"),
        ),
        (
            "{status: u16}",
            "{status: 2 byte}",
            ("2 byte", "STR014", "`2 byte` is not a field's type", "write `2 bytes`"),
        ),
        (
            "on: {Hello: Done}",
            "data: {held: {map: {u8: fd, u16: fd}, max: limits.block}}",
            ("u16", "STR015", "`map` takes 1 entry, found 2", "remove `u16`"),
        ),
        (
            "{Hello: Done}",
            "{Hello: {to: Done, else: Ok}}",
            ("else", "STR016", "`else` without `if`", "add `if:`, or remove `else`"),
        ),
        (
            "payload: none",
            "reserved: yes",
            ("yes", "STR017", "`yes` is not `true`", "write `true`, or leave the key out"),
        ),
        (
            "initial: Open",
            "initial: True",
            (
                "True",
                "STR018",
                "YAML reads `True` as a boolean, not as a state's name",
                "quote it: `'True'`",
            ),
        ),
        (
            "{Hello: Done}",
            "{Hello: {to: Done, if: message.length = 3}}",
            (
                "=",
                "EXP001",
                "`=` does not belong in an expression",
                "use names (`message.slot`), numbers, comparisons, `and`, `or`, `not`, `in`, `&`",
            ),
        ),
        (
            "{Hello: Done}",
            "{Hello: {to: Done, if: 'message.length 3'}}",
            ("3", "EXP001", "unexpected `3`", "remove it, or join with `and` or `or`"),
        ),
    ],
)
def test_a_wrong_shape_is_told_once_with_its_place_and_a_way_to_mend_it(
    old: str, new: str, finding: tuple[str, str, str, str]
) -> None:
    assert told(old, new) == [finding]


def test_every_code_has_an_explanation_and_a_case_here() -> None:
    cases = set(re.findall(r'"((?:STR|EXP)[0-9]{3})",', Path(__file__).read_text()))

    assert cases == set(EXPLANATIONS)


def test_an_expression_over_several_lines_is_marked_whole() -> None:
    text = SMALL.replace("{Hello: Done}", "{Hello: {to: Done, if: 'message.a\n        = 3'}}")
    _, findings = read(parse(text))

    assert [finding.span for finding in findings] == [Span(21, 34, 22, 13)]


def test_parts_of_an_expression_over_several_lines_stand_at_all_of_it() -> None:
    text = SMALL.replace("{Hello: Done}", "{Hello: {to: Done, if: 'limits.idle\n        == 3'}}")
    (check,) = spec(text).machine.states[0].reactions[0].alternatives[0].checks

    assert [name.span for name in names(check.condition)] == [Span(21, 34, 22, 14)]


def test_everything_wrong_is_told_in_one_run() -> None:
    text = (
        SMALL.replace("little", "litle")
        .replace("code: 1", "code: one")
        .replace("initial: Open", "initial: open")
        .replace("64 KiB", "64 kB")
    )
    _, findings = read(parse(text))

    assert [(finding.code, finding.span.line) for finding in findings] == [
        ("STR007", 3),
        ("STR010", 5),
        ("STR004", 15),
        ("STR008", 18),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("initial: Open", "inital: Open"),
        ("byte_order: little", "byte_order: litle"),
        ("role: receiver", "role: receiver\n  docs: [a, b]"),
        ("{final: success}", "{final: success, colour: red}"),
        ("final: success", "finl: success"),
    ],
)
def test_what_is_evidently_meant_is_taken_so_that_rules_can_go_on(old: str, new: str) -> None:
    found, findings = read(parse(SMALL.replace(old, new, 1)))

    assert (found, bool(findings)) == (spec(SMALL), True)


def test_a_spec_without_something_essential_is_none() -> None:
    found, findings = read(parse(SMALL.replace("role: receiver", "")))

    assert (found, [finding.code for finding in findings]) == (None, ["STR002"])


def test_a_document_without_content_is_left_to_the_syntax() -> None:
    assert read(Document(None, (), (), "")) == (None, ())


def test_of_equal_keys_the_first_counts() -> None:
    twice = Entry(Scalar("protocol", False, HERE), Scalar("other", False, HERE))
    root = parse(SMALL).root
    assert isinstance(root, Mapping)

    found, _ = read(Document(Mapping((*root.entries, twice), HERE), (), (), ""))

    assert found is not None
    assert found.protocol == "link"


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
    written: str, value: object
) -> None:
    text = SMALL.replace("{Hello: Done}", f"{{Hello: {{to: Done, set: {{a: {written}}}}}}}")
    (alternative,) = spec(text).machine.states[0].reactions[0].alternatives

    assert [(item.name, item.value) for item in alternative.set] == [(ref("a"), value)]


def test_a_number_keeps_how_it_was_written() -> None:
    table = message("Table").payload
    assert isinstance(table, Table)
    limit = getattr(table.check, "right", None)

    assert isinstance(limit, Number)
    assert limit.text == "2^64"


KEYS = sorted(set(re.findall(r"[A-Za-z_]+(?=:)", EVERY_FEATURE)))
TEXTS = sorted(set(re.findall(r"[A-Za-z0-9_.]+", EVERY_FEATURE)))
scalars = st.builds(
    Scalar, st.sampled_from(TEXTS) | st.text(max_size=8), st.booleans(), st.just(HERE)
)
entry_keys = st.builds(
    Scalar, st.sampled_from(KEYS) | st.text(max_size=8), st.just(False), st.just(HERE)
)


def deeper(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    entries = st.lists(st.builds(Entry, entry_keys, inner), max_size=6).map(tuple)
    items = st.lists(inner, max_size=4).map(tuple)
    return st.builds(Mapping, entries, st.just(HERE)) | st.builds(Sequence, items, st.just(HERE))


nodes: st.SearchStrategy[Node] = st.recursive(scalars, deeper, max_leaves=40)


@given(nodes)
def test_any_tree_is_read_or_told_what_is_wrong(root: Node) -> None:
    found, findings = read(Document(root, (), (), ""))

    assert (found is None) <= bool(findings)


@given(st.sampled_from(KEYS), nodes)
def test_any_tree_under_a_key_of_a_spec_is_read_or_told_what_is_wrong(key: str, node: Node) -> None:
    root = parse(EVERY_FEATURE).root
    assert root is not None

    found, findings = read(Document(with_values(root, key, node), (), (), ""))

    assert (found is None) <= bool(findings)


def with_values(node: Node, key: str, new: Node) -> Node:
    """The tree with another value under a key wherever it stands."""
    match node:
        case Mapping(entries):
            made = tuple(
                Entry(e.key, new if e.key.text == key else with_values(e.value, key, new))
                for e in entries
            )
            return Mapping(made, node.span)
        case Sequence(items):
            return Sequence(tuple(with_values(item, key, new) for item in items), node.span)
        case Scalar():
            return node
