"""What a rule is, and the list of them. Knows no rule."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, Span
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.rules.facts import Facts

FAMILIES = {
    "REF": "references",
    "RCH": "reachability",
    "DET": "determinism and totality",
    "DAT": "data flow",
    "WIR": "wire and limits",
    "END": "time and endings",
    "SEC": "security",
    "NAM": "naming",
    "CON": "connections and scenarios",
    "MOD": "models",
    "WAS": "renames",
    "PRP": "resources and properties",
}


@record
class Problem:
    """What a rule found: a Finding without the rule's code and severity."""

    span: Span
    message: str
    help: str = ""  # one way to mend it
    evidence: tuple[str, ...] = ()  # a path of messages and states that shows it
    related: tuple[tuple[Span, str], ...] = ()  # other places that take part


Search = Callable[["Facts"], Iterable[Problem]]


@record
class Rule:
    """One kind of mistake."""

    code: str
    severity: Severity
    title: str
    find: Search
    everywhere: bool  # a mistake only where every machine of the spec finds it

    @property
    def family(self) -> str:
        """`references`, `naming`, …"""
        return FAMILIES[self.code[:3]]

    @property
    def explanation(self) -> str:
        """What is wrong, why it matters on a wire, how to mend it."""
        import inspect  # noqa: PLC0415 -- a check does not explain, and inspect is slow to load

        return inspect.cleandoc(self.find.__doc__ or "")

    def findings(self, facts: "Facts") -> Iterator[Finding]:
        """All that it finds."""
        for found in self.find(facts):
            yield Finding(
                self.code,
                self.severity,
                found.span,
                found.message,
                found.help,
                found.evidence,
                found.related,
            )


registered: list[Rule] = []


def rule(
    code: str, severity: Severity, title: str, *, everywhere: bool = False
) -> Callable[[Search], Search]:
    """Register a function as the rule `code`; its docstring is the explanation.

    It is asked once for each machine of a spec; what several find is said once.
    """

    def register(find: Search) -> Search:
        registered.append(Rule(code, severity, title, find, everywhere))
        return find

    return register
