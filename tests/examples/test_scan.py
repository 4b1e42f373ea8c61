"""Values are cut out of JSON texts unchanged, whatever stands around them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ch_snapshot.scan import ScanError, find, items, replaced

SCALARS = st.none() | st.booleans() | st.integers(0, 2**64 - 1) | st.floats(0, 1) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
INDENTS = st.none() | st.integers(0, 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'{"a":{"b":1}}', b'{"b":1}'),
        (b' { "x" : [ "a", {"a":2} ] ,\n"a"\t:\r { "b" : 1 } } ', b'{ "b" : 1 }'),
        (b'{"x":{"a":2},"a":"}]"}', b'"}]"'),
        (rb'{"x":"\"a\":3","a":"\\\""}', rb'"\\\""'),
        (rb'{"\u0061":[1,[2,"]"],{}]}', b'[1,[2,"]"],{}]'),
        (b'{"a":18446744073709551615}', b"18446744073709551615"),
        (b'{"a":-1.5e+3 }', b"-1.5e+3"),
        (b'{"a":null,"x":0}', b"null"),
        (b'{"x":1}', None),
        (b"{ }", None),
    ],
)
def test_a_value_is_found_by_its_key(text: bytes, found: bytes | None) -> None:
    assert find(text, "a") == found


@given(value=st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), indent=INDENTS)
def test_every_value_of_an_object_is_found(value: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(value, indent=indent).encode()

    assert {key: json.loads(find(text, key) or b"") for key in value} == value


@given(value=st.lists(VALUES, max_size=4), indent=INDENTS)
def test_every_item_of_an_array_is_found(value: list[Any], indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False).encode()

    assert [json.loads(item) for item in items(text)] == value


@pytest.mark.parametrize("text", [b'{"a":1,"a":1}', rb'{"a":1,"b":2,"\u0061":3}'])
def test_a_key_that_is_there_twice_is_no_key(text: bytes) -> None:
    with pytest.raises(ScanError, match=r"^the key `a` is there twice$"):
        find(text, "a")


@pytest.mark.parametrize("text", [b"[]", b'"a"', b"1", b"null"])
def test_only_objects_have_members(text: bytes) -> None:
    with pytest.raises(ScanError, match=r"^it is not an object$"):
        find(text, "a")


@pytest.mark.parametrize("text", [b"{}", b'"a"', b"1", b"null"])
def test_only_arrays_have_items(text: bytes) -> None:
    with pytest.raises(ScanError, match=r"^it is not an array$"):
        list(items(text))


def test_a_member_is_replaced_and_all_else_stays() -> None:
    text = b'{ "x" : {"a":2}, "a": [1, 2] ,"b":null}'

    assert replaced(text, "a", b"{}") == b'{ "x" : {"a":2}, "a": {} ,"b":null}'


def test_a_member_that_is_not_there_is_not_replaced() -> None:
    with pytest.raises(ScanError, match="the key `a` is not there"):
        replaced(b'{"x":{"a":1}}', "a", b"{}")
