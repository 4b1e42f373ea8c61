"""What the reader says of a wrong shape, and that no tree makes it stumble."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirechart import rules
from wirechart.diagnostics import Span
from wirechart.expressions import names
from wirechart.model import Spec
from wirechart.reader import EXPLANATIONS, read
from wirechart.syntax import Document, Entry, Mapping, Node, Scalar, Sequence, parse

EVERY_FEATURE = (Path(__file__).parent / "data" / "every-feature.yaml").read_text()
HERE = Span(1, 1, 1, 2)

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


def spec(text: str) -> Spec:
    found, findings = read(parse(text))
    assert findings == ()
    assert found is not None
    return found


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
                "write `==`",
            ),
        ),
        (
            "{Hello: Done}",
            "{Hello: {to: Done, if: 'message.length 3'}}",
            ("3", "EXP001", "unexpected `3`", "remove it, or join with `and` or `or`"),
        ),
        (
            "machine:\n",
            "properties: {first: never Hello semt}\nmachine:\n",
            (
                "semt",
                "EXP002",
                "found `semt` behind `Hello`",
                "did you mean `sent`?",
            ),
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


def test_a_machine_without_states_is_none() -> None:
    text = SMALL.replace("    Open:\n      on: {Hello: Done}\n    Done: {final: success}", "    {}")

    found, findings = read(parse(text))

    assert (found, [finding.code for finding in findings]) == (None, ["STR013"])


def test_a_document_without_content_is_left_to_the_syntax() -> None:
    assert read(Document(None, (), (), "")) == (None, ())


def test_of_equal_keys_the_first_counts() -> None:
    twice = Entry(Scalar("protocol", False, HERE), Scalar("other", False, HERE))
    root = parse(SMALL).root
    assert isinstance(root, Mapping)

    found, _ = read(Document(Mapping((*root.entries, twice), HERE), (), (), ""))

    assert found is not None
    assert found.protocol == "link"


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


def said(root: Node) -> tuple[bool, bool]:
    """Whether there is a spec, which the rules can take, and whether something is wrong with it."""
    found, findings = read(Document(root, (), (), ""))
    if found is not None:
        rules.check(found)
    return found is not None, bool(findings)


@given(nodes)
def test_any_tree_is_read_or_told_what_is_wrong(root: Node) -> None:
    assert said(root) != (False, False)


@given(st.sampled_from(KEYS), nodes)
def test_any_tree_under_a_key_of_a_spec_is_read_or_told_what_is_wrong(key: str, node: Node) -> None:
    root = parse(EVERY_FEATURE).root
    assert root is not None

    assert said(with_values(root, key, node)) != (False, False)


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
