"""The guard language: parse, print, evaluate. Knows no YAML, no states; never calls `eval`.

    or         = and { "or" and }
    and        = not { "and" not }
    not        = "not" not | comparison
    comparison = bits [ ("==" | "!=" | "<=" | "<" | ">=" | ">" | "in" | "not in") bits ]
    bits       = sum { "&" sum }
    sum        = term { ("+" | "-") term }
    term       = power { "*" power }
    power      = atom [ "^" atom ]            both literal numbers
    atom       = number | "true" | "false" | name [ "." name ] | "size" "(" or ")" | "(" or ")"

`&` binds tighter than `==` (`flags & 2 == 0` asks for the bit, unlike in C). Integers are
unbounded, so no sum or product overflows.
"""

import operator as op
from typing import TYPE_CHECKING

from wirechart.diagnostics import Span
from wirechart.record import field, record
from wirechart.tokens import SCOPES, WORDS, Cursor, Token, located

if TYPE_CHECKING:
    from collections.abc import Callable, Container

MAX_BITS = 128  # of a literal
UNREAD = "?"  # the scope of a name that stands in for an expression that could not be read


@record
class Number:
    """An integer literal; `text` is how it was written (`2^64`)."""

    value: int
    text: str = field(compare=False)
    span: Span = field(compare=False, repr=False)


@record
class Boolean:
    """`true` or `false`."""

    value: bool
    span: Span = field(compare=False, repr=False)


@record
class Name:
    """`message.slot`, `state.memory_fds`, `context.size`, `limits.slots`, or a bare column."""

    scope: str  # "" for a bare name
    name: str
    span: Span = field(compare=False, repr=False)


@record
class Not:
    """Negation."""

    operand: "Expression"
    span: Span = field(compare=False, repr=False)


@record
class Size:
    """How many entries a map or list has, or bytes a text."""

    operand: "Expression"
    span: Span = field(compare=False, repr=False)


@record
class Binary:
    """Two operands; `operator` is one of `or and == != < <= > >= in + - * &`."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = field(compare=False, repr=False)


Expression = Number | Boolean | Name | Not | Size | Binary


COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
PRECEDENCE = {"or": 1, "and": 2} | dict.fromkeys(COMPARISONS, 4) | {"&": 5, "+": 6, "-": 6, "*": 7}
NOT_PRECEDENCE, ATOM_PRECEDENCE = 3, 9


class _Parser(Cursor):
    def between(self, start: int) -> Span:
        return located(self.origin, start, self.tokens[self.at - 1].end)

    def chain(self, operators: tuple[str, ...], operand: "Callable[[], Expression]") -> Expression:
        start = self.token.start
        left = operand()
        while self.token.text in operators and self.token.kind != "end":
            operator = self.take().text
            right = operand()
            left = Binary(operator, left, right, self.between(start))
        return left

    def expression(self) -> Expression:
        return self.chain(("or",), self.conjunction)

    def conjunction(self) -> Expression:
        return self.chain(("and",), self.negation)

    def negation(self) -> Expression:
        if self.token.text != "not":
            return self.comparison()
        start = self.take().start
        self.deeper("split it into checks")
        operand = self.negation()
        self.depth -= 1
        return Not(operand, self.between(start))

    def comparison(self) -> Expression:
        start = self.token.start
        left = self.bits()
        negated = self.token.text == "not" and self.tokens[self.at + 1].text == "in"
        if negated:
            self.take()
        if self.token.text not in COMPARISONS or self.token.kind == "end":
            return left
        operator = self.take().text
        right = self.bits()
        if self.token.text in COMPARISONS:
            raise self.error(self.token, "comparisons do not chain", "join two with `and`")
        compared = Binary(operator, left, right, self.between(start))
        return Not(compared, compared.span) if negated else compared

    def bits(self) -> Expression:
        return self.chain(("&",), self.sum)

    def sum(self) -> Expression:
        return self.chain(("+", "-"), self.term)

    def term(self) -> Expression:
        return self.chain(("*",), self.power)

    def power(self) -> Expression:
        start = self.token.start
        base = self.atom()
        if self.token.text != "^":
            return base
        sign = self.take()
        exponent = self.atom()
        if not (isinstance(base, Number) and isinstance(exponent, Number)):
            raise self.error(sign, "`^` raises one literal to another", "write it as `2^64`")
        if exponent.value > MAX_BITS or base.value.bit_length() * exponent.value > 2 * MAX_BITS:
            raise self.error(sign, "the number is too large", f"stay within {MAX_BITS} bits")
        return self.number(base.value**exponent.value, start)

    def number(self, value: int, start: int) -> Number:
        if value.bit_length() > MAX_BITS + 1:
            raise self.error(
                self.tokens[self.at - 1], "the number is too large", f"stay within {MAX_BITS} bits"
            )
        text = "".join(t.text for t in self.tokens[: self.at] if t.start >= start)
        return Number(value, text, self.between(start))

    def atom(self) -> Expression:
        token = self.take()
        if token.text == "(":
            return self.parenthesised(token)
        if token.kind == "number":
            return self.literal(token)
        if token.kind == "name" and token.text not in WORDS:
            return self.named(token)
        if token.text in ("true", "false"):
            return Boolean(token.text == "true", self.between(token.start))
        if token.text == "size" and self.token.text == "(":
            operand = self.parenthesised(self.take())
            return Size(operand, self.between(token.start))
        found = f"`{token.text}`" if token.text else "the end"
        raise self.error(
            token, f"expected a value, found {found}", "write a name, a number or `( … )`"
        )

    def literal(self, token: Token) -> Number:
        if len(token.text) > MAX_BITS:
            raise self.error(token, "the number is too large", f"stay within {MAX_BITS} bits")
        return self.number(int(token.text, 0 if token.text.startswith("0x") else 10), token.start)

    def parenthesised(self, opening: Token) -> Expression:
        self.deeper("split it into checks")
        inner = self.expression()
        self.depth -= 1
        if self.take().text != ")":
            self.at = len(self.tokens) - 1
            raise self.error(opening, "`(` is never closed", "add `)`")
        return inner

    def named(self, token: Token) -> Name:
        parts = token.text.split(".")
        if len(parts) > 2 or (len(parts) == 2 and parts[0] not in SCOPES):
            raise self.error(
                token,
                f"`{token.text}` is not a name",
                "write `message.NAME`, `state.NAME`, `context.NAME`, `limits.NAME`, or a column",
            )
        scope = parts[0] if len(parts) == 2 else ""
        return Name(scope, parts[-1], self.between(token.start))


def parse(text: str, origin: Span) -> Expression:
    """The expression that `text` spells; `origin` is where it stands in the spec.

    Raises:
        ExpressionError: it is not one; with the place and a way to mend it.
    """
    parser = _Parser(text, origin)
    expression = parser.expression()
    if parser.token.kind != "end":
        raise parser.error(
            parser.token,
            f"unexpected `{parser.token.text}`",
            "remove it, or join with `and` or `or`",
        )
    return expression


def names(expression: Expression) -> tuple[Name, ...]:
    """Every name in it, left to right."""
    match expression:
        case Name():
            return (expression,)
        case Not(operand) | Size(operand):
            return names(operand)
        case Binary(_, left, right):
            return names(left) + names(right)
        case _:
            return ()


def atoms(guard: Expression) -> tuple[Expression, ...]:
    """What `and`, `or` and `not` join in it, left to right; without `true` and `false`."""
    match guard:
        case Binary("and" | "or", left, right):
            return atoms(left) + atoms(right)
        case Not(operand):
            return atoms(operand)
        case Boolean():
            return ()
        case _:
            return (guard,)


def precedence(expression: Expression) -> int:
    """How tightly it binds: the table in the module's docstring, 1 loosest."""
    match expression:
        case Binary(operator):
            return PRECEDENCE[operator]
        case Not():
            return NOT_PRECEDENCE
        case _:
            return ATOM_PRECEDENCE


def show(expression: Expression) -> str:
    """The expression as one would write it in a spec: parsing it gives the same expression."""
    return printed(expression, _spec_atom)


def printed(expression: Expression, atom: "Callable[[Number | Boolean | Name], str]") -> str:
    """The expression with its leaves printed by `atom`; operators as in the spec and in Python."""
    match expression:
        case Number() | Boolean() | Name():
            return atom(expression)
        case Not(Binary("in", left, right)):
            return f"{_operand(left, 5, atom)} not in {_operand(right, 5, atom)}"
        case Not(operand):
            return f"not {_operand(operand, NOT_PRECEDENCE, atom)}"
        case Size(operand):
            return f"size({printed(operand, atom)})"
        case Binary(operator, left, right):
            own = PRECEDENCE[operator]
            looser = own + 1 if operator in COMPARISONS else own
            return f"{_operand(left, looser, atom)} {operator} {_operand(right, own + 1, atom)}"


def _operand(
    expression: Expression, least: int, atom: "Callable[[Number | Boolean | Name], str]"
) -> str:
    text = printed(expression, atom)
    return text if precedence(expression) >= least else f"({text})"


def _spec_atom(leaf: Number | Boolean | Name) -> str:
    match leaf:
        case Number():
            return leaf.text
        case Boolean(value):
            return "true" if value else "false"
        case Name(scope, name):
            return f"{scope}.{name}" if scope else name


def evaluate(expression: Expression, value_of: "Callable[[Name], object]") -> object:
    """The value: an int, a bool, or what `value_of` gives for a name.

    Raises:
        TypeError: operands of the wrong kind (the rules rule it out beforehand).
    """
    match expression:
        case Number(value) | Boolean(value):
            return value
        case Name():
            return value_of(expression)
        case Not(operand):
            return not evaluate(operand, value_of)
        case Size(operand):
            return len(evaluate(operand, value_of))  # type: ignore[arg-type]  # a map or list, as checked
        case Binary("and", left, right):
            return bool(evaluate(left, value_of)) and bool(evaluate(right, value_of))
        case Binary("or", left, right):
            return bool(evaluate(left, value_of)) or bool(evaluate(right, value_of))
        case Binary(operator, left, right):
            return _OPERATIONS[operator](evaluate(left, value_of), evaluate(right, value_of))


def _is_in(item: object, container: "Container[object]") -> bool:
    return item in container


_OPERATIONS: "dict[str, Callable[..., object]]" = {
    "==": op.eq,
    "!=": op.ne,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
    "+": op.add,
    "-": op.sub,
    "*": op.mul,
    "&": int.__and__,
    "in": _is_in,
}
