"""Every code a finding can have, with what it means. Judges nothing."""

from typing import TYPE_CHECKING

from wirechart import marker_codes, project, reader, yaml_codes
from wirechart.diagnostics import Severity
from wirechart.record import record
from wirechart.rules import RULES, suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator


WARNINGS = {"SUP003": Severity.WARNING}  # among those that are no rules


@record
class Code:
    """One kind of mistake, explained."""

    code: str
    severity: Severity
    family: str
    title: str
    explanation: str  # what is wrong, why it matters, how to mend it; without the title


def every() -> tuple[Code, ...]:
    """All of them: the file's own first, then its shape's, the rules', and those of breaks."""
    return (*of_one_spec(), *_of_breaks())


def of_one_spec() -> tuple[Code, ...]:
    """Those of what is found in one spec: the file's own, then its shape's, then the rules'."""
    return tuple(_all())


def _of_breaks() -> "Iterator[Code]":
    from wirechart.breaking.rules import RULES as BREAKS  # noqa: PLC0415 -- a check has none

    for code, rule in sorted(BREAKS.items()):
        yield Code(code, rule.level, rule.family, rule.title, rule.explanation)


def _all() -> "Iterator[Code]":
    written = (
        (yaml_codes.EXPLANATIONS, "YAML"),
        (reader.EXPLANATIONS, "structure"),
        (suppressions.EXPLANATIONS, "suppressions"),
        (project.EXPLANATIONS, "projects"),
        (marker_codes.EXPLANATIONS, "blocks"),
    )
    for explanations, family in written:
        for code, text in explanations.items():
            title, _, rest = text.partition("\n")
            severity = WARNINGS.get(code, Severity.ERROR)
            yield Code(code, severity, family, title.rstrip("."), rest.strip())
    for rule in RULES:
        yield Code(rule.code, rule.severity, rule.family, rule.title, rule.explanation)
