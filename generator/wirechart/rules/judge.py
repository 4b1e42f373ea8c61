"""What an expression can be: its type and its range, given what earlier checks have settled.

A name's value is asked of the caller. Notes what is wrong inside, and which comparisons are decided
before any message comes.
"""

from wirechart.expressions import Binary, Boolean, Expression, Name, Not, Number, Size, show
from wirechart.rules.known import Integer, Knowledge, Note, Thing, Truth, Value, described
from wirechart.rules.settle import settle, settled

BIG = 2**200  # beyond every value a spec can write


def condition(expression: Expression, known: Knowledge) -> bool | None:
    """Judge a check, and learn that it holds; its truth when that is settled beforehand."""
    value = judge(expression, known)
    if value is not None and not isinstance(value, Truth):
        known.complain(
            expression.span,
            f"`{show(expression)}` is {described(value)}, not a condition",
            f"compare it: `{show(expression)} != 0`"
            if isinstance(value, Integer)
            else "compare it",
        )
        return None
    if isinstance(expression, Boolean):
        known.notes.append(settled(expression, expression.value, ()))
    learn(expression, known)
    return value.known if value is not None else None


def judge(expression: Expression, known: Knowledge) -> Value | None:
    """The value of an expression; None where a part of it has none. Remarks go to `known`."""
    match expression:
        case Number(value):
            return Integer(value, value)
        case Boolean(value):
            return Truth(value)
        case Name():
            return known.value_of(expression)
        case Not(operand):
            inner = _truth(operand, known)
            return Truth(None if inner is None or inner.known is None else not inner.known)
        case Size(operand):
            return _size(operand, known)
        case Binary("and" | "or"):
            return _joined(expression, known)
        case Binary("==" | "!=" | "<" | "<=" | ">" | ">="):
            return _compared(expression, known)
        case Binary("in"):
            return _contained(expression, known)
        case Binary():
            return _narrowed(_arithmetic(expression, known), known.ranges.get(expression))


def _narrowed(value: Integer | None, by: Integer | None) -> Integer | None:
    if value is None or by is None:
        return value
    return Integer(max(value.low, by.low), min(value.high, by.high))


def _truth(operand: Expression, known: Knowledge) -> Truth | None:
    value = judge(operand, known)
    if value is None or isinstance(value, Truth):
        return value
    known.complain(
        operand.span,
        f"`{show(operand)}` is {described(value)}, where a condition is expected",
        "compare it with something",
    )
    return None


def _number(operand: Expression, known: Knowledge, operator: str) -> Integer | None:
    value = judge(operand, known)
    if value is None or isinstance(value, Integer):
        return value
    known.complain(
        operand.span,
        f"`{operator}` takes numbers, and `{show(operand)}` is {described(value)}",
        "compare numbers, or use `==` and `!=`" if operator[0] in "<>" else "use a number",
    )
    return None


def _size(operand: Expression, known: Knowledge) -> Value | None:
    value = judge(operand, known)
    if isinstance(value, Thing) and value.counted:
        return Integer(0, 2**64 - 1)
    if value is not None:
        known.complain(
            operand.span,
            f"`size` counts a map, a list or a text, and `{show(operand)}` is {described(value)}",
            "use the value itself, or count a map or a list",
        )
    return Integer(0, 2**64 - 1)


def _joined(expression: Binary, known: Knowledge) -> Truth:
    left = _truth(expression.left, known)
    inner = known
    if expression.operator == "and":
        inner = Knowledge(known.lookup, dict(known.ranges), set(known.ordered), known.notes)
        learn(expression.left, inner)
    right = _truth(expression.right, inner)
    ends = expression.operator == "or"  # `true or …`, `false and …`
    truths = [side.known if side else None for side in (left, right)]
    if ends in truths:
        return Truth(ends)
    return Truth(None if None in truths else not ends)


def _compared(expression: Binary, known: Knowledge) -> Truth:
    operator = expression.operator
    if operator in ("==", "!="):
        left, right = judge(expression.left, known), judge(expression.right, known)
    else:
        left = _number(expression.left, known, operator)
        right = _number(expression.right, known, operator)
        _difference(expression, known)
    if left is None or right is None or not _comparable(expression, left, right, known):
        return Truth()
    truth = settle(expression, left, right)
    if truth is not None:
        sides = ((expression.left, left), (expression.right, right))
        known.notes.append(settled(expression, truth, sides))
    return Truth(truth)


def _comparable(expression: Binary, left: Value, right: Value, known: Knowledge) -> bool:
    same = type(left) is type(right)
    if same and isinstance(left, Thing) and isinstance(right, Thing):
        same = left.what == right.what and left.what in ("a text", "bytes")
    if not same:
        alike = described(left) == described(right)
        also = "too" if alike else f"is {described(right)}"
        known.complain(
            expression.span,
            f"`{show(expression.left)}` is {described(left)} and `{show(expression.right)}` {also}:"
            " they cannot be compared",
            "compare numbers with numbers, conditions with conditions, texts with texts",
        )
    return same


def _quiet(expression: Expression, known: Knowledge) -> Value | None:
    return judge(expression, Knowledge(known.lookup, known.ranges, known.ordered))


def _contained(expression: Binary, known: Knowledge) -> Truth:
    item, container = judge(expression.left, known), judge(expression.right, known)
    if container is None:
        return Truth()
    if not isinstance(container, Thing) or container.items is None:
        known.complain(
            expression.right.span,
            f"`in` looks into a map or a list, and `{show(expression.right)}` is "
            f"{described(container)}",
            "name a map or a list in the state's data",
        )
    elif item is not None and described(item) != described(container.items):
        known.complain(
            expression.left.span,
            f"`{show(expression.left)}` is {described(item)}, and `{show(expression.right)}` has "
            f"{described(container.items)} as key or item",
            "look for what it holds",
        )
    return Truth()


def _arithmetic(expression: Binary, known: Knowledge) -> Integer | None:
    operator = expression.operator
    left = _number(expression.left, known, operator)
    right = _number(expression.right, known, operator)
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return Integer(left.low + right.low, left.high + right.high)
        case "-":
            low = left.low - right.high
            if (expression.left, expression.right) in known.ordered:
                low = max(low, 0)
            return Integer(low, left.high - right.low)
        case "*":
            ends = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
            return Integer(min(ends), max(ends))
        case _:
            if left.low < 0 or right.low < 0:
                return Integer(-BIG, BIG)
            return Integer(0, min(left.high, right.high))


def _difference(expression: Binary, known: Knowledge) -> None:
    """`a - b <= most` also holds where the difference is below zero."""
    bounded = expression.left if expression.operator in ("<", "<=") else expression.right
    if not isinstance(bounded, Binary) or bounded.operator != "-":
        return
    value = _quiet(bounded, known)
    if isinstance(value, Integer) and value.low < 0:
        known.notes.append(
            Note(
                "negative",
                bounded.span,
                f"`{show(bounded)}` may be below zero, and then "
                f"`{show(expression)}` holds whatever comes",
                f"check `{show(bounded.left)} >= {show(bounded.right)}` before, or write it as a "
                "sum",
            )
        )


def learn(expression: Expression, known: Knowledge) -> None:
    """From here on the expression holds."""
    match expression:
        case Binary("and", left, right):
            learn(left, known)
            learn(right, known)
        case Not(Binary("<" | "<=" | ">" | ">=" | "!=" as operator, left, right, span)):
            opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "=="}[operator]
            learn(Binary(opposite, left, right, span), known)
        case Binary(">" | ">=" as operator, left, right, span):
            learn(Binary("<" if operator == ">" else "<=", right, left, span), known)
        case Binary("<" | "<=" | "==" as operator, left, right):
            known.ordered.add((right, left))
            low, high = _quiet(left, known), _quiet(right, known)
            if isinstance(low, Integer) and isinstance(high, Integer):
                gap = int(operator == "<")
                _at_most(left, high.high - gap, known)
                _at_least(right, low.low + gap, known)
                if operator == "==":
                    known.ordered.add((left, right))
                    _at_most(right, low.high, known)
                    _at_least(left, high.low, known)
        case _:
            pass


def _at_most(expression: Expression, most: int, known: Knowledge) -> None:
    value = _quiet(expression, known)
    if isinstance(expression, Number) or not isinstance(value, Integer):
        return
    known.ranges[expression] = Integer(value.low, max(value.low, min(value.high, most)))
    if isinstance(expression, Binary) and expression.operator == "+":
        one, other = _quiet(expression.left, known), _quiet(expression.right, known)
        if isinstance(one, Integer) and isinstance(other, Integer):
            _at_most(expression.left, most - other.low, known)
            _at_most(expression.right, most - one.low, known)


def _at_least(expression: Expression, least: int, known: Knowledge) -> None:
    value = _quiet(expression, known)
    if isinstance(value, Integer) and not isinstance(expression, Number):
        known.ranges[expression] = Integer(min(value.high, max(value.low, least)), value.high)
