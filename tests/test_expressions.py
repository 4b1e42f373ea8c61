"""The guard language: what texts mean, how trees print, what is refused and where."""

import operator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirechart.diagnostics import Span
from wirechart.expressions import (
    Binary,
    Boolean,
    Expression,
    Name,
    Not,
    Number,
    Size,
    evaluate,
    names,
    parse,
    printed,
    show,
)
from wirechart.tokens import SCOPES, WORDS, ExpressionError

HERE = Span(7, 11, 7, 12)  # where every text of these tests begins


def number(value: int) -> Number:
    return Number(value, str(value), HERE)


def name(dotted: str) -> Name:
    scope, _, last = dotted.rpartition(".")
    return Name(scope, last, HERE)


def binary(sign: str, left: Expression, right: Expression) -> Binary:
    return Binary(sign, left, right, HERE)


A, B, C = name("a"), name("message.b"), name("state.c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("12", number(12)),
        ("0xFf", number(255)),
        ("2^64", number(18446744073709551616)),
        ("true", Boolean(True, HERE)),
        ("a", A),
        ("message.b", B),
        ("limits.in", name("limits.in")),
        ("a-1", binary("-", A, number(1))),
        ("a - 1 - 2", binary("-", binary("-", A, number(1)), number(2))),
        ("a - (1 - 2)", binary("-", A, binary("-", number(1), number(2)))),
        ("a + 1 * 2", binary("+", A, binary("*", number(1), number(2)))),
        ("a & 2 == 0", binary("==", binary("&", A, number(2)), number(0))),
        ("a & 1 + 2", binary("&", A, binary("+", number(1), number(2)))),
        ("not a == 1", Not(binary("==", A, number(1)), HERE)),
        ("not not a", Not(Not(A, HERE), HERE)),
        ("message.b in state.c", binary("in", B, C)),
        ("message.b not in state.c", Not(binary("in", B, C), HERE)),
        ("a or a and not a", binary("or", A, binary("and", A, Not(A, HERE)))),
        ("(a or a) and a", binary("and", binary("or", A, A), A)),
        ("size(state.c) < 3", binary("<", Size(C, HERE), number(3))),
        (" a  <=\ta ", binary("<=", A, A)),
    ],
)
def test_a_text_means_a_tree(text: str, tree: Expression) -> None:
    assert parse(text, HERE) == tree


def test_every_part_knows_where_it_was_written() -> None:
    tree = parse("message.b + 2 <= 2^8", HERE)

    assert isinstance(tree, Binary)
    assert isinstance(tree.left, Binary)
    assert (tree.span, tree.left.span, tree.left.right.span, tree.right.span) == (
        Span(7, 11, 7, 31),
        Span(7, 11, 7, 24),
        Span(7, 23, 7, 24),
        Span(7, 28, 7, 31),
    )


@pytest.mark.parametrize(
    ("text", "columns", "message", "help_"),
    [
        ("", (11, 12), "expected a value, found the end", "write a name, a number or `( … )`"),
        ("a ==", (15, 16), "expected a value, found the end", "write a name, a number or `( … )`"),
        ("a b", (13, 14), "unexpected `b`", "remove it, or join with `and` or `or`"),
        (
            "a = b",
            (13, 14),
            "`=` does not belong in an expression",
            "write `==`",
        ),
        ("1 < a < 2", (17, 18), "comparisons do not chain", "join two with `and`"),
        ("(a", (11, 12), "`(` is never closed", "add `)`"),
        ("a ^ 2", (13, 14), "`^` raises one literal to another", "write it as `2^64`"),
        ("2^300", (12, 13), "the number is too large", "stay within 128 bits"),
        ("9" * 200, (11, 211), "the number is too large", "stay within 128 bits"),
        (
            "peer.slot",
            (11, 20),
            "`peer.slot` is not a name",
            "write `message.NAME`, `state.NAME`, `context.NAME`, `limits.NAME`, or a column",
        ),
        ("not " * 33 + "a", (143, 144), "nested deeper than 32", "split it into checks"),
        (
            "a" + "+a" * 100,
            (211, 212),
            "more than 200 words and signs",
            "split it into several checks",
        ),
    ],
)
def test_what_is_no_expression_is_refused_where_it_stops_being_one(
    text: str, columns: tuple[int, int], message: str, help_: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, HERE)

    refused = caught.value
    span = Span(7, columns[0], 7, columns[1])
    assert (refused.span, refused.message, refused.help) == (span, message, help_)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0x10", "0x10"),
        ("2 ^ 64", "2^64"),
        ("((a))", "a"),
        ("a+(1+2)", "a + (1 + 2)"),
        ("(a == 1) == true", "(a == 1) == true"),
        ("not (a in b)", "a not in b"),
        ("not (a or b)", "not (a or b)"),
        ("size( (a) )", "size(a)"),
    ],
)
def test_a_tree_prints_as_one_would_write_it(text: str, shown: str) -> None:
    assert show(parse(text, HERE)) == shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("message.slot == 3", True),
        ("message.slot & 2 == 2", True),
        ("message.slot - 4", -1),
        ("message.slot in state.held", True),
        ("4 not in state.held", True),
        ("size(state.held) * 2^63 * 2", 18446744073709551616),
        ("not true or message.slot", True),
        ("false and message.absent", False),
        ("true or message.absent", True),
        ("message.slot != 3", False),
        ("1 < 2", True),
        ("1 > 2", False),
        ("2 >= 2", True),
        ("2 <= 1", False),
    ],
)
def test_an_expression_has_a_value(text: str, value: object) -> None:
    values = {"slot": 3, "held": {3: "x"}}

    assert evaluate(parse(text, HERE), lambda name: values[name.name]) == value


def test_operands_of_the_wrong_kind_are_an_error_of_the_caller() -> None:
    with pytest.raises(TypeError):
        evaluate(parse("true + state.text", HERE), lambda _: "text")


def test_names_come_from_left_to_right() -> None:
    assert names(parse("a + size(state.c) < message.b and not true", HERE)) == (A, C, B)


words = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).filter(lambda w: w not in WORDS)
numbers = st.integers(0, 2**128).map(number)
leaves = (
    numbers
    | st.booleans().map(lambda value: Boolean(value, HERE))
    | st.builds(Name, st.sampled_from([*SCOPES, ""]), words, st.just(HERE))
)
SIGNS = ["or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "&", "+", "-", "*"]


@pytest.mark.parametrize("outer", SIGNS)
def test_parentheses_stand_where_an_operand_binds_no_tighter(outer: str) -> None:
    inner: list[Expression] = [Not(A, HERE), Not(binary("in", A, B), HERE)]
    inner += [binary(sign, A, B) for sign in SIGNS]
    trees = [binary(outer, left, right) for left in inner for right in inner]

    assert [parse(show(tree), HERE) for tree in trees] == trees


def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Binary, st.sampled_from(SIGNS), inner, inner, st.just(HERE))
        | st.builds(Not, inner, st.just(HERE))
        | st.builds(Size, inner, st.just(HERE))
    )


@given(st.recursive(leaves, larger, max_leaves=12))
def test_what_is_printed_is_read_back_as_the_same(tree: Expression) -> None:
    assert parse(show(tree), HERE) == tree


ARITHMETIC = ["==", "!=", "<", "<=", ">", ">=", "&", "+", "-", "*"]


def negated(tree: Expression) -> Expression:
    """A boolean, as the operands of `and` and `or` are."""
    return Not(tree, HERE)


def larger_sum(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Binary, st.sampled_from(ARITHMETIC), inner, inner, st.just(HERE))
        | st.builds(
            Binary, st.sampled_from(["and", "or"]), *[inner.map(negated)] * 2, st.just(HERE)
        )
        | st.builds(Not, inner, st.just(HERE))
    )


def python(tree: Expression) -> str:
    """Python that computes the same, with every parenthesis written."""
    match tree:
        case Number(value) | Boolean(value):
            return repr(value)
        case Not(operand):
            return f"(not {python(operand)})"
        case Binary(sign, left, right):
            return f"({python(left)} {sign} {python(right)})"
        case _:
            raise NotImplementedError(tree)


closed = st.integers(0, 20).map(number) | st.booleans().map(lambda value: Boolean(value, HERE))


@given(st.recursive(closed, larger_sum, max_leaves=12))
def test_values_are_those_of_python(tree: Expression) -> None:
    assert evaluate(tree, operator.attrgetter("name")) == eval(python(tree), {})  # noqa: S307  # the oracle


@given(st.recursive(closed, larger_sum, max_leaves=12))
def test_python_reads_what_is_printed_alike(tree: Expression) -> None:
    as_python = printed(tree, python)

    assert eval(as_python, {}) == eval(python(tree), {})  # noqa: S307  # the oracle


alphabet = st.sampled_from(
    [
        *SIGNS,
        "not",
        "size",
        "(",
        ")",
        "^",
        ".",
        "a",
        "message.b",
        "1",
        "0x",
        "é",
        "٣",
        " ",
        "\n",
        "=",
    ]
)


@given(st.text() | st.lists(alphabet, max_size=60).map("".join) | st.lists(alphabet).map(" ".join))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    with suppress(ExpressionError):
        tree = parse(text, HERE)

        assert parse(show(tree), HERE) == tree
