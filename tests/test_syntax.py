"""YAML text to nodes: values and positions."""

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirechart.diagnostics import Span
from wirechart.syntax import Document, Entry, Mapping, Node, Scalar, Sequence, parse

Loader = Literal["c", "python"]

LOADERS: tuple[Loader, ...] = ("c", "python")
BOTH = pytest.mark.parametrize("loader", LOADERS)


def texts(node: Node | None) -> object:
    """The bare values: a dict for a mapping, a list for a sequence."""
    match node:
        case Mapping(entries):
            return {entry.key.text: texts(entry.value) for entry in entries}
        case Sequence(items):
            return [texts(item) for item in items]
        case Scalar(text):
            return text
        case None:
            return None


@BOTH
def test_nodes_carry_texts_and_tight_spans(loader: Loader) -> None:
    document = parse("é: 😀 x  # c\nlist:\n  - 'it''s'\n  - {a: [b, 1 ]}  \n", loader)

    assert document.root == Mapping(
        (
            Entry(
                Scalar("é", quoted=False, span=Span(1, 1, 1, 2)),
                Scalar("😀 x", quoted=False, span=Span(1, 4, 1, 7)),
            ),
            Entry(
                Scalar("list", quoted=False, span=Span(2, 1, 2, 5)),
                Sequence(
                    (
                        Scalar("it's", quoted=True, span=Span(3, 5, 3, 12)),
                        Mapping(
                            (
                                Entry(
                                    Scalar("a", quoted=False, span=Span(4, 6, 4, 7)),
                                    Sequence(
                                        (
                                            Scalar("b", quoted=False, span=Span(4, 10, 4, 11)),
                                            Scalar("1", quoted=False, span=Span(4, 13, 4, 14)),
                                        ),
                                        Span(4, 9, 4, 16),
                                    ),
                                ),
                            ),
                            Span(4, 5, 4, 17),
                        ),
                    ),
                    Span(3, 3, 4, 17),
                ),
            ),
        ),
        Span(1, 1, 4, 17),
    )


@BOTH
@pytest.mark.parametrize("text", ["on", "no", "1.10", "010", "~", "null", "0x10", "1:30", "="])
def test_a_text_stays_the_text_that_was_written(text: str, loader: Loader) -> None:
    document = parse(f"{text}: {text}\n", loader)

    key = Scalar(text, quoted=False, span=Span(1, 1, 1, 1 + len(text)))
    value = Scalar(text, quoted=False, span=Span(1, 3 + len(text), 1, 3 + 2 * len(text)))
    assert document.root == Mapping((Entry(key, value),), Span(1, 1, 1, 3 + 2 * len(text)))


@BOTH
@pytest.mark.parametrize(
    ("text", "column"), [("a:\n", 3), ("a :   # c\n", 4), ("{a : }\n", 5), ("{a}\n", 3)]
)
def test_a_value_that_is_not_there_stands_right_behind_its_colon_or_key(
    text: str, column: int, loader: Loader
) -> None:
    root = parse(text, loader).root

    assert isinstance(root, Mapping)
    value = Scalar("", quoted=False, span=Span(1, column, 1, column))
    assert [entry.value for entry in root.entries] == [value]


@BOTH
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: |\n  x\n   y\n\nb: 1\n", Scalar("x\n y\n", quoted=True, span=Span(1, 4, 3, 5))),
        ("a: >-\n  x\n  y", Scalar("x y", quoted=True, span=Span(1, 4, 3, 4))),
        ("a: | # c\n  1\n# d\n", Scalar("1\n", quoted=True, span=Span(1, 4, 2, 4))),
        ("a: |\n\n", Scalar("", quoted=True, span=Span(1, 4, 1, 5))),
        ("a: x\n  y # c\n", Scalar("x y", quoted=False, span=Span(1, 4, 2, 4))),
        ('a: "x\n\n  y"\n', Scalar("x\ny", quoted=True, span=Span(1, 4, 3, 5))),
        ('a: "\\t\\u00e9"\n', Scalar("\té", quoted=True, span=Span(1, 4, 1, 14))),
    ],
)
def test_texts_of_several_lines_end_at_their_last_character(
    text: str, value: Scalar, loader: Loader
) -> None:
    root = parse(text, loader).root

    assert isinstance(root, Mapping)
    assert root.entries[0].value == value


def test_a_byte_order_mark_and_crlf_move_nothing() -> None:
    plain = parse(b"a: 1\nb:\n  - |\n   x\n   y\n")

    assert parse(b"\xef\xbb\xbfa: 1\r\nb:\r\n  - |\r\n   x\r\n   y\r\n") == plain
    assert plain.text == "a: 1\nb:\n  - |\n   x\n   y\n"


FORMS: list[tuple[str, object]] = [
    ("--- {a: b}\n...\n", {"a": "b"}),
    ("? a\n: b\n", {"a": "b"}),
    ("a:\n- b\n-\n- c", {"a": ["b", "", "c"]}),
    ("{map<u32, fd>}", {"map<u32": "", "fd>": ""}),
    ('"": 1\n', {"": "1"}),
    ("'<<': 1\n", {"<<": "1"}),
    ("doc: Is it? Yes, it is.\n", {"doc": "Is it? Yes, it is."}),
    ("[[], {}]", [[], {}]),
]


@BOTH
@pytest.mark.parametrize(("text", "values"), FORMS)
def test_the_forms_of_yaml_that_a_spec_may_use(text: str, values: object, loader: Loader) -> None:
    document = parse(text, loader)

    assert (texts(document.root), document.findings) == (values, ())


PIECES = (
    *("a", "b: ", "- ", "? ", ": ", "\n", "\n  ", "{", "}", "[", "]", ",", " ", "#", '"', "'", "|"),
    *(">-\n ", "&x ", "*x", "!", "!!str ", "%", "---", "...", "\\", "é", "😀", "k: v\n", "\t"),
    *("\r\n", "\x85", "\u2028", "\ufeff", "\x00", "<<: ", "~", "@", "-", "?", ":"),
    *("# wirechart: allow REF001 -- x\n", "# wirechart: allow\n"),
)
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(deadline=None, max_examples=500)
@given(YAMLISH | st.text())
def test_both_loaders_say_the_same(text: str) -> None:
    assert parse(text, "c") == parse(text, "python")


@settings(deadline=None)
@given(YAMLISH.map(str.encode) | st.binary() | st.text())
def test_anything_gives_a_document_with_a_root_or_a_finding(source: bytes | str) -> None:
    document = parse(source)

    assert isinstance(document, Document)
    assert document.root is not None or document.findings


WORDS = st.text(st.characters(categories=("L", "N"), codec="utf-8"), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=6, unique=True), st.integers(1, 9))
def test_the_span_of_a_plain_text_cuts_it_out_of_its_line(words: list[str], indent: int) -> None:
    document = parse("root:\n" + "".join(f"{' ' * indent}- {word} {word}\n" for word in words))

    lines = document.text.split("\n")
    assert isinstance(document.root, Mapping)
    items = document.root.entries[0].value
    assert isinstance(items, Sequence)
    spans = [item.span for item in items.items]
    cut = [lines[span.line - 1][span.column - 1 : span.end_column - 1] for span in spans]
    assert cut == [f"{word} {word}" for word in words]


SPEC = (Path(__file__).parent.parent / "spec" / "ch-migration.yaml").read_text()


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(SPEC) - 1), st.integers(0, 3), YAMLISH)
def test_both_loaders_say_the_same_about_a_damaged_spec(at: int, cut: int, added: str) -> None:
    damaged = SPEC[:at] + added + SPEC[at + cut :]

    assert parse(damaged, "c") == parse(damaged, "python")
