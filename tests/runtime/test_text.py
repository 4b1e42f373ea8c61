"""JSON texts: the same are taken as by `json.loads`, in one piece or in many."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirechart.runtime import Json, MalformedError
from wirechart.runtime.text import DEPTH, SMALL, Checker, check

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
SPACES = st.text("\n\r\t ", max_size=2)
NOISE = st.text('[]{}:,"\\u0019-+.eE truefalsn/\x00\x1f\x7fé\U0001f600\ud800', max_size=20)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Texts of values, and the same with something changed."""
    indent = draw(st.sampled_from([None, 0, 1]))
    ascii_only = draw(st.booleans())
    text = json.dumps(draw(VALUES), indent=indent, ensure_ascii=ascii_only)
    at = draw(st.integers(0, len(text)))
    end = draw(st.integers(at, min(len(text), at + 3)))
    changed = text[:at] + draw(st.just(text[at:end]) | NOISE) + text[end:]
    whole = draw(SPACES) + changed + draw(SPACES)
    return whole.encode("utf-8", "surrogatepass")


def takes_in_pieces(text: bytes, cuts: list[int], top: str = "any") -> bool:
    checker = Checker(top=top)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    try:
        for a, b in pairwise(edges[:-1]):
            checker.feed(text[a:b])
        checker.feed(text[edges[-2] :], final=True)
    except MalformedError:
        return False
    return True


def takes(text: bytes, top: str = "any") -> bool:
    try:
        check(text, top=top)
    except MalformedError:
        return False
    return True


def nothing(name: str) -> Any:  # noqa: ANN401 -- for json
    raise ValueError(name)


def parses(text: bytes) -> bool:
    """As `json.loads`, but for what is refused on purpose."""
    try:
        json.loads(text.decode(), parse_constant=nothing)
    except ValueError:
        return False
    return True


@given(texts(), st.lists(st.integers(0, 200), max_size=5))
def test_the_same_texts_are_taken_as_by_json(text: bytes, cuts: list[int]) -> None:
    expected = parses(text)

    assert (takes(text), takes_in_pieces(text, cuts)) == (expected, expected)


@given(st.binary(max_size=12))
def test_the_same_bytes_are_taken_as_by_json(text: bytes) -> None:
    expected = parses(text)

    assert (takes(text), takes_in_pieces(text, [1, 2, 3])) == (expected, expected)


@given(texts())
def test_a_long_text_is_judged_as_a_short_one(text: bytes) -> None:
    long = b" " * (SMALL + 1) + text

    assert takes(long) == takes(text)


TAKEN = [
    b"0",
    b"-0.0e-0",
    b'""',
    b'"\\ud800"',
    b'"\xf0\x9f\x98\x80"',
    b"[]",
    b"{}",
    b' { "a" : [ 1 , 2 ] , "a" : null } ',
    b"[" * DEPTH + b"]" * DEPTH,
    b'{"":' * DEPTH + b"1" + b"}" * DEPTH,
    b"1" * 4300,
    b"-" + b"1" * 4300,
    b"1e999",
    b"[" + b"{}," * 500 + b'"[{[{"]',
]
REFUSED = [
    b"",
    b" ",
    b"NaN",
    b"[Infinity]",
    b"-Infinity",
    b"\xef\xbb\xbf{}",
    '"a"'.encode("utf-16"),
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'"\n"',
    b'"\\x"',
    b'"\\u12g4"',
    b'"\\u12',
    b"01",
    b"1.",
    b".5",
    b"+1",
    b"1e",
    b"--1",
    b"tru",
    b"truefalse",
    b"[1,]",
    b"[,1]",
    b"[1 2]",
    b"[1}",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b"{1:2}",
    b"{} {}",
    b"[[]",
    b"]",
    b"1" * 4301,
    b"[0." + b"1" * 4301 + b"]",
    b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
    b'{"":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1),
    b'["[[[[", ' * (DEPTH + 1) + b"1" + b"]" * (DEPTH + 1),
    b"[" * 100_000,
    b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b',"a":1}',  # the first of two equal keys counts too
]


@pytest.mark.parametrize("cuts", [[], list(range(200))], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("text", TAKEN, ids=repr)
def test_it_is_taken(text: bytes, cuts: list[int]) -> None:
    assert (takes(text), takes_in_pieces(text, cuts)) == (True, True)


@pytest.mark.parametrize("cuts", [[], list(range(200))], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:40]))
def test_it_is_refused(text: bytes, cuts: list[int]) -> None:
    assert (takes(text), takes_in_pieces(text, cuts)) == (False, False)


@pytest.mark.parametrize("text", [b"[]", b"1", b'"{}"', b"null", b" [{}]"])
def test_only_an_object_is_an_object(text: bytes) -> None:
    long = b" " * SMALL + text

    assert (takes(text, "object"), takes(long, "object")) == (False, False)
    assert (takes(b" {}", "object"), takes(b" " * SMALL + b"{}", "object")) == (True, True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[1, x]", "the JSON text is wrong: Expecting value: line 1 column 5 (char 4)"),
        (b"[NaN]", "the JSON text has the number NaN"),
        (b'"\xff"', "the JSON text is not UTF-8: invalid start byte"),
        (b"[" * 65 + b"]" * 65, "the JSON text is nested deeper than 64"),
        (b" " * SMALL + b"[1, x]", f"the JSON text is wrong at byte {SMALL + 4}"),
        (b" " * SMALL + b"[1", f"the JSON text ends too early, at byte {SMALL + 2}"),
        (b" " * SMALL + b"[" * 65, "the JSON text is nested deeper than 64"),
    ],
)
def test_what_is_wrong_is_said(text: bytes, reason: str) -> None:
    with pytest.raises(MalformedError) as caught:
        check(text)

    assert str(caught.value) == reason


def test_a_text_keeps_its_bytes_and_is_parsed_when_asked() -> None:
    text = Json.of(b' {"a": [1, 2.50], "a": 18446744073709551615} ')

    assert text.raw == b' {"a": [1, 2.50], "a": 18446744073709551615} '
    assert text.value == {"a": 18446744073709551615}
    assert text == Json.of(text.raw)
    assert text != Json.of(b"{}")


def test_a_wrong_text_cannot_be_made() -> None:
    with pytest.raises(MalformedError):
        Json.of(b"{")
