"""What a spec may not use of YAML: each is one finding, the same from both loaders."""

from typing import Literal

import pytest

from wirechart.diagnostics import Finding, Severity, Span
from wirechart.syntax import Mapping, parse
from wirechart.yaml_codes import EXPLANATIONS

Loader = Literal["c", "python"]

LOADERS: tuple[Loader, ...] = ("c", "python")
BOTH = pytest.mark.parametrize("loader", LOADERS)

Place = tuple[int, int, int, int]

SIGNS = "quote the text if it begins or holds one of YAML's signs"
COMMAS = "separate entries by commas; quote a text that holds `?`, `:`, `,` or brackets"
CLOSE = "add the closing quote; inside single quotes a single quote is written twice"
BRACKET = "add the closing bracket, or quote the text it belongs to"
INDENT = "indent it like the keys of its mapping, or quote the text it belongs to"
COLON = "quote the text if the colon is part of it; else check the indentation"
MISSING = "write `key: value`, the key on one line and a space behind the colon"
ONE = "a file holds one mapping: check the indentation of this line"
KEY = "write `key: value`; quote a text that begins with a bracket"
TWICE = "rename one of the two, or merge their values"
TAG = "remove it; a text that begins with `!` needs quotes"
NOTHING = "`wirechart init` writes a small spec to start from"
INVISIBLE = "remove it; inside double quotes it can be written as an escape"
SPACE = "write a space"
TABS = "replace every tab by spaces; inside double quotes it can be written as `\\t`"
DEEP = "check for brackets that are never closed"


def error(
    code: str, place: Place, message: str, help_: str, *related: tuple[Place, str]
) -> Finding:
    others = tuple((Span(*where), text) for where, text in related)
    return Finding(code, Severity.ERROR, Span(*place), message, help_, related=others)


BROKEN = [
    ('a: "x\n', error("YAML006", (1, 4, 1, 5), "the quoted text is never closed", CLOSE)),
    ("é😀: 'x", error("YAML006", (1, 5, 1, 6), "the quoted text is never closed", CLOSE)),
    ('a: 1\r\nb: "\r\n', error("YAML006", (2, 4, 2, 5), "the quoted text is never closed", CLOSE)),
    ('a: "x\n---\n"', error("YAML006", (1, 4, 1, 5), "the quoted text is never closed", CLOSE)),
    (
        'a: "\\q"\n',
        error(
            "YAML006",
            (1, 6, 1, 7),
            "a backslash that begins no escape",
            "write `\\\\` for a backslash, or use single quotes",
        ),
    ),
    (
        "a: |x\n",
        error(
            "YAML006",
            (1, 5, 1, 6),
            "`x` does not belong behind `|` or `>`",
            "begin the text on the next line; a comment needs a space before its `#`",
        ),
    ),
    (
        "a: |#c\n b\n",
        error(
            "YAML006",
            (1, 5, 1, 6),
            "`#` does not belong behind `|` or `>`",
            "begin the text on the next line; a comment needs a space before its `#`",
        ),
    ),
    ("a: b: c\n", error("YAML006", (1, 5, 1, 6), "a `:` that does not belong here", COLON)),
    ("a: 1\n  b: 2\n", error("YAML006", (2, 4, 2, 5), "a `:` that does not belong here", COLON)),
    ("a: 1\nb12\nc: 2\n", error("YAML006", (2, 1, 2, 4), "no `:` follows `b12`", MISSING)),
    (
        "a:\n  b: 1\n cd: 2\n",
        error(
            "YAML006",
            (3, 2, 3, 4),
            "`cd` does not fit into the mapping above it",
            INDENT,
            ((1, 1, 1, 2), "the mapping begins here"),
        ),
    ),
    (
        "- a\nb: 1\n",
        error(
            "YAML006",
            (2, 1, 2, 2),
            "`b` does not fit into the list above it",
            "begin every entry with `- `, all of them equally indented",
            ((1, 1, 1, 2), "the list begins here"),
        ),
    ),
    ("a: {b: 1\n", error("YAML006", (1, 4, 1, 5), "the bracket is never closed", BRACKET)),
    ("a: [1, [2\n# c\n", error("YAML006", (1, 8, 1, 9), "the bracket is never closed", BRACKET)),
    (
        "a: {b: 1\nc: 2\n",
        error(
            "YAML006",
            (2, 2, 2, 3),
            "expected `,` or `}`, found `:`",
            COMMAS,
            ((1, 4, 1, 5), "the mapping begins here"),
        ),
    ),
    (
        "a: {b: c?d}\n",
        error(
            "YAML006",
            (1, 9, 1, 10),
            "expected `,` or `}`, found `?`",
            COMMAS,
            ((1, 4, 1, 5), "the mapping begins here"),
        ),
    ),
    (
        "{a: [b, c}\n",
        error(
            "YAML006",
            (1, 10, 1, 11),
            "expected `,` or `]`, found `}`",
            COMMAS,
            ((1, 5, 1, 6), "the list begins here"),
        ),
    ),
    (
        "a: ]\n",
        error("YAML006", (1, 4, 1, 5), "expected a value, found `]`", f"write one, or {SIGNS}"),
    ),
    ("a: @x\n", error("YAML006", (1, 4, 1, 5), "`@` cannot begin a value", SIGNS)),
    ("a: `x`\n", error("YAML006", (1, 4, 1, 5), '"`" cannot begin a value', SIGNS)),
    ("{a: 1}]\n", error("YAML006", (1, 7, 1, 8), "`]` does not belong to what stands above", ONE)),
    (
        "a: - b\n",
        error(
            "YAML006",
            (1, 4, 1, 5),
            "a list entry that does not belong here",
            "begin the list on a line of its own",
        ),
    ),
    (
        'a: "b\nc: "d"\n',
        error(
            "YAML006",
            (1, 4, 1, 5),
            "the text that begins here ends at line 2, column 4",
            'end it where it was to end; inside it the quote is written `\\"`',
            ((2, 5, 2, 6), "and this follows it"),
        ),
    ),
    (
        "a: {b: 'it's'}\n",
        error(
            "YAML006",
            (1, 8, 1, 9),
            "the text that begins here ends at line 1, column 11",
            "end it where it was to end; inside it the quote is written `''`",
            ((1, 12, 1, 13), "and this follows it"),
        ),
    ),
]

REFUSED = [
    ("a: \x00\n", error("YAML002", (1, 4, 1, 5), "character U+0000 is not allowed", INVISIBLE)),
    ("é: 😀\x07", error("YAML002", (1, 5, 1, 6), "character U+0007 is not allowed", INVISIBLE)),
    ("# \u202e\n", error("YAML002", (1, 3, 1, 4), "character U+202E is not allowed", INVISIBLE)),
    ("a: x\u2028y", error("YAML002", (1, 5, 1, 6), "character U+2028 is not allowed", INVISIBLE)),
    ("a: x\x85y", error("YAML002", (1, 5, 1, 6), "character U+0085 is not allowed", INVISIBLE)),
    ("a: 1\rb: 2", error("YAML002", (1, 5, 1, 6), "character U+000D is not allowed", INVISIBLE)),
    ("a: \ufeff1", error("YAML002", (1, 4, 1, 5), "character U+FEFF is not allowed", INVISIBLE)),
    ("a: \ud800", error("YAML002", (1, 4, 1, 5), "character U+D800 is not allowed", INVISIBLE)),
    ("a:\n\tb: 1\n", error("YAML003", (2, 1, 2, 2), "a tab", TABS)),
    ("a: 1  #\tc\n", error("YAML003", (1, 8, 1, 9), "a tab", TABS)),
    ("a:\n \xa0b: 1", error("YAML002", (2, 2, 2, 3), "U+00A0 only looks like a space", SPACE)),
    ("- a:\u3000b", error("YAML002", (1, 5, 1, 6), "U+3000 only looks like a space", SPACE)),
    (
        "a:\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> topic\n",
        error(
            "YAML015",
            (2, 1, 2, 13),
            "a merge conflict that nobody resolved",
            "keep what shall count, and remove the marked lines",
            ((6, 1, 6, 14), "it ends here"),
        ),
    ),
    (
        "a: * x\n",
        error(
            "YAML009",
            (1, 5, 1, 6),
            "an alias or anchor without a proper name",
            "a text that begins with `&` or `*` needs quotes",
        ),
    ),
    ("a: !<\n", error("YAML011", (1, 4, 1, 5), "a tag", TAG)),
    ("a: !x!y z\n", error("YAML011", (1, 4, 1, 5), "a tag", TAG)),
    (
        "# c\n%YAML 1.2\n---\na: 1\n",
        error("YAML011", (2, 1, 2, 2), "a directive", "remove the line"),
    ),
    ("%FOO x\n---\na: 1\n", error("YAML011", (1, 1, 1, 2), "a directive", "remove the line")),
    (
        "---\na: 1\n---\nb: 2\n",
        error(
            "YAML012", (3, 1, 3, 4), "a second document", "move what follows to a file of its own"
        ),
    ),
    ("", error("YAML013", (1, 1, 1, 1), "there is nothing in the file", NOTHING)),
    ("# c\n\n", error("YAML013", (1, 1, 1, 1), "there is nothing in the file", NOTHING)),
    ("---\n...\n", error("YAML013", (1, 1, 1, 1), "there is nothing in the file", NOTHING)),
]


# What the rest of the text does not depend on.
LEFT_OUT = [
    (
        "a: &name 1\n",
        error(
            "YAML009",
            (1, 4, 1, 5),
            "an anchor, `&name`",
            "remove it; a text that begins with `&` needs quotes",
        ),
    ),
    (
        "a: *name\n",
        error(
            "YAML009",
            (1, 4, 1, 9),
            "an alias, `*name`",
            "write the value out; a text that begins with `*` needs quotes",
        ),
    ),
    (
        "a:\n  <<: {b: 1}\n",
        error("YAML010", (2, 3, 2, 5), "a merge key", "write the keys out, or quote the key"),
    ),
    ("a: !!python/object:os.system x\n", error("YAML011", (1, 4, 1, 5), "a tag", TAG)),
    ("a: !!str 1\n", error("YAML011", (1, 4, 1, 5), "a tag", TAG)),
    ("! {a: 1}\n", error("YAML011", (1, 1, 1, 2), "a tag", TAG)),
]


@BOTH
@pytest.mark.parametrize(("text", "finding"), LEFT_OUT)
def test_what_is_left_out_is_one_finding_and_the_rest_is_read(
    text: str, finding: Finding, loader: Loader
) -> None:
    document = parse(text, loader)

    assert (document.root is None, document.findings) == (False, (finding,))


@BOTH
def test_an_anchor_and_its_aliases_are_one_finding(loader: Loader) -> None:
    document = parse("a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n", loader)

    assert [(f.code, f.message, f.related) for f in document.findings] == [
        ("YAML009", "an anchor, `&x`", ((Span(2, 4, 2, 6), "and `*x`"),)),
        ("YAML010", "a merge key", ()),
    ]


@BOTH
@pytest.mark.parametrize(("text", "finding"), BROKEN + REFUSED)
def test_broken_and_refused_yaml_is_one_finding(
    text: str, finding: Finding, loader: Loader
) -> None:
    document = parse(text, loader)

    assert (document.root, document.findings) == (None, (finding,))


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        (b"a: \xff\n", ("YAML001", Span(1, 4, 1, 5), "byte 0xff is not UTF-8")),
        (b"\xef\xbb\xbf1\r\n\xc3\xa9\xe2", ("YAML001", Span(2, 2, 2, 3), "byte 0xe2 is not UTF-8")),
        (b"\xef\xbb\xbfa: \xff", ("YAML001", Span(1, 4, 1, 5), "byte 0xff is not UTF-8")),
        (b"\xff\xfea\0", ("YAML001", Span(1, 1, 1, 2), "the file is UTF-16, not UTF-8")),
        (b"\xfe\xff\0a", ("YAML001", Span(1, 1, 1, 2), "the file is UTF-16, not UTF-8")),
        (b"a\0:\0", ("YAML002", Span(1, 2, 1, 3), "character U+0000 is not allowed")),
        (b"\x7fELF\x02", ("YAML002", Span(1, 1, 1, 2), "character U+007F is not allowed")),
        (b"a" * ((1 << 20) + 1), ("YAML004", Span(1, 1, 1, 1), "the file is larger than 1 MiB")),
        ("é" * ((1 << 19) + 1), ("YAML004", Span(1, 1, 1, 1), "the file is larger than 1 MiB")),
    ],
    ids=range(9),
)
def test_what_is_not_utf8_text_of_a_sensible_size_is_one_finding(
    source: bytes | str, finding: tuple[str, Span, str]
) -> None:
    document = parse(source)

    found = [(item.code, item.span, item.message) for item in document.findings]
    assert (document.root, found) == (None, [finding])


@BOTH
@pytest.mark.parametrize(
    ("text", "keys", "findings"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            ["a", "b"],
            (
                error(
                    "YAML007",
                    (3, 1, 3, 2),
                    "the key `a` stands here a second time",
                    TWICE,
                    ((1, 1, 1, 2), "the first is here"),
                ),
            ),
        ),
        (
            "é: {'😀': 1, 😀: 2}\n[x]: 3\n",
            ["é"],
            (
                error(
                    "YAML007",
                    (1, 13, 1, 14),
                    "the key `😀` stands here a second time",
                    TWICE,
                    ((1, 5, 1, 8), "the first is here"),
                ),
                error("YAML008", (2, 1, 2, 4), "a list where a key is expected", KEY),
            ),
        ),
        (
            "{a: 1}: 2\nb: 1\n",
            ["b"],
            (error("YAML008", (1, 1, 1, 7), "a mapping where a key is expected", KEY),),
        ),
        (
            "?\n: 1\nb: 2\n",
            ["b"],
            (error("YAML008", (1, 2, 1, 2), "nothing where a key is expected", KEY),),
        ),
        (
            "{a:1, b :c, d: e:f}\n",
            ["a", "b", "d"],
            (
                error("YAML008", (1, 2, 1, 5), "no space behind the `:` of `a`", "write `a: 1`"),
                error("YAML008", (1, 7, 1, 11), "no space behind the `:` of `b`", "write `b: c`"),
            ),
        ),
    ],
)
def test_wrong_keys_are_left_out_and_the_rest_goes_on(
    text: str, keys: list[str], findings: tuple[Finding, ...], loader: Loader
) -> None:
    document = parse(text, loader)

    assert isinstance(document.root, Mapping)
    assert [entry.key.text for entry in document.root.entries] == keys
    assert document.findings == findings


@BOTH
def test_no_break_spaces_in_a_text_are_part_of_it(loader: Loader) -> None:
    assert parse("a: one\xa0two\xa0\n", loader).findings == ()


def test_of_very_many_equal_keys_a_hundred_are_said() -> None:
    assert len(parse("a: 1\n" * 5000).findings) == 100


@BOTH
@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("[" * 100_000, 65),
        ("{a: " * 100_000, 257),
        ("- " * 100_000, 129),
        ("? " * 100_000, 129),
        ("[a: " * 100_000, 129),
        ("[? " * 100_000, 97),
    ],
    ids=["lists", "mappings", "entries", "keys", "pairs", "flow keys"],
)
def test_any_depth_beyond_64_is_one_finding(text: str, column: int, loader: Loader) -> None:
    document = parse(text, loader)

    deep = error("YAML005", (1, column, 1, column + 1), "nested deeper than 64 levels", DEEP)
    assert (document.root, document.findings) == (None, (deep,))


@BOTH
def test_depth_64_is_fine(loader: Loader) -> None:
    assert parse("[" * 64 + "]" * 64, loader).findings == ()


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("".join(f"k{number}: 1\n" for number in range(60_000)), ["YAML004"]),
        ("[" + "a," * 400_000, ["YAML004"]),
        ("{" + "a," * 20_000 + "}", ["YAML007"] * 100),
        ("a: &x [" + "*x," * 100_000 + "]", ["YAML009"]),
        ('"' + "a\n" * 400_000, ["YAML006"]),
        (":" * 1_000_000, ["YAML006"]),
        ("\n" * 1_000_000, ["YAML013"]),
        ("---\n" * 200_000, ["YAML012"]),
        ("a: " + "b " * 500_000, []),
        ("a: |\n" + " \n" * 500_000, []),
    ],
    ids=range(10),
)
def test_large_texts_cost_little_and_end_in_few_findings(text: str, findings: list[str]) -> None:
    assert [finding.code for finding in parse(text).findings] == findings


def test_every_code_has_an_explanation() -> None:
    assert list(EXPLANATIONS) == [f"YAML{number:03}" for number in range(1, 16)]
