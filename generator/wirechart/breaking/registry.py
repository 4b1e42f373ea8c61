"""What a rule about breaks is, and the list of them. Knows no rule."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from wirechart.diagnostics import Severity
from wirechart.record import record

if TYPE_CHECKING:
    from typing import Literal

    Family = Literal["wire", "behaviour", "source", "ignored"]

FAMILIES: "dict[str, Family]" = {
    "BRW": "wire",
    "BRB": "behaviour",
    "BRS": "source",
    "BRI": "ignored",
}

F = TypeVar("F", bound=Callable[..., object])


@record
class Rule:
    """One kind of break."""

    code: str
    level: Severity  # an error breaks for certain, a warning may, a note only tells
    title: str
    function: Callable[..., object]

    @property
    def family(self) -> "Family":
        """`wire`, `behaviour` or `source`; `ignored` of what is wrong with accepted breaks."""
        return FAMILIES[self.code[:3]]

    @property
    def explanation(self) -> str:
        """What breaks, for whom, and what to do instead."""
        import inspect  # noqa: PLC0415 -- only who explains pays for it

        return inspect.cleandoc(self.function.__doc__ or "")


registered: dict[str, Rule] = {}


def rule(code: str, level: Severity, title: str) -> Callable[[F], F]:
    """Register a function as the rule `code`; its docstring is the explanation."""

    def register(function: F) -> F:
        registered[code] = Rule(code, level, title, function)
        return function

    return register
