"""The reference of the language: each of its examples is a spec, or a part that replaces one's."""

import re
from pathlib import Path

import pytest

from wirechart import rules
from wirechart.diagnostics import Finding
from wirechart.reader import read
from wirechart.syntax import parse

TEXT = Path("spec/README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
TOP_LEVEL = re.compile(r"^(?=[a-z]+:)", re.MULTILINE)


def parts(text: str) -> dict[str, str]:
    """The text of every top-level key."""
    return {part.split(":")[0]: part for part in TOP_LEVEL.split(text) if part.strip()}


def whole(example: str) -> str:
    """An example laid over the first one, which is a whole spec."""
    return "".join((parts(EXAMPLES[0]) | parts(example)).values())


def findings(text: str) -> tuple[Finding, ...]:
    document = parse(text)
    spec, shape = read(document)
    assert spec is not None, shape
    return (*document.findings, *shape, *rules.check(spec))


def test_the_first_example_is_a_whole_spec() -> None:
    assert list(parts(EXAMPLES[0])) == [
        "wirechart",
        "protocol",
        "doc",
        "limits",
        "wire",
        "messages",
        "machine",
    ]


def test_there_are_nine_examples() -> None:
    assert len(EXAMPLES) == 9


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_silent(example: str) -> None:
    assert findings(whole(example)) == ()
