"""The language of properties: what a text means, and where one that is none goes wrong."""

import pytest

from wirechart.diagnostics import Span
from wirechart.model import Ref
from wirechart.statements import (
    Ended,
    Happens,
    InState,
    Joined,
    Negation,
    Statement,
    parse,
)
from wirechart.tokens import ExpressionError

HERE = Span(3, 10, 3, 90)


def ref(name: str) -> Ref:
    return Ref(name, HERE)


IN_DONE = InState(ref("sink"), ref("Done"))
OPEN = InState(ref("sink"), ref("Open"))
SENT = Happens(ref("Block"), "sent", None)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("always sink.Done", Statement("always", IN_DONE, None, "")),
        ("never Block sent", Statement("never", SENT, None, "")),
        ("never Block sent after sink.Done", Statement("after", SENT, IN_DONE, "")),
        ("eventually sink ended", Statement("eventually", Ended(ref("sink")), None, "")),
        ("Block sent precedes sink.Done", Statement("precedes", SENT, IN_DONE, "")),
        (
            "always Block taken on after",
            Statement("always", Happens(ref("Block"), "taken", ref("after")), None, ""),
        ),
        (
            "always not sink.Open and sink.Done or Block sent",
            Statement(
                "always", Joined("or", Joined("and", Negation(OPEN), IN_DONE), SENT), None, ""
            ),
        ),
        (
            "always sink.Open and (sink.Done or Block sent)",
            Statement("always", Joined("and", OPEN, Joined("or", IN_DONE, SENT)), None, ""),
        ),
    ],
)
def test_a_text_says_what_holds(text: str, meaning: Statement) -> None:
    assert parse(text, HERE) == meaning


def test_a_name_knows_its_place() -> None:
    statement = parse("never sink.Done", HERE)

    assert isinstance(statement.first, InState)
    assert statement.first.machine.span == Span(3, 16, 3, 20)
    assert statement.first.state.span == Span(3, 21, 3, 25)


FORMS = "write `always A`, `never A`, `never A after B`, `eventually A` or `A precedes B`"


@pytest.mark.parametrize(
    ("text", "columns", "message", "help_"),
    [
        ("sink.Done", (19, 20), "the text ends where `precedes` is expected", FORMS),
        ("sink.Done then", (20, 24), "found `then` where `precedes` is expected", FORMS),
        ("sometimes sink.Done", (10, 19), "`sometimes` begins no property", FORMS),
        ("sometimes Block sent", (10, 19), "`sometimes` begins no property", FORMS),
        (
            "allways sink.Done",
            (10, 17),
            "`allways` begins no property",
            "did you mean `always`?",
        ),
        ("sink endet", (15, 20), "found `endet` behind `sink`", "did you mean `ended`?"),
        ("always Block", (22, 23), "the text ends behind `Block`", None),
        ("always Block semt", (23, 27), "found `semt` behind `Block`", "did you mean `sent`?"),
        (
            "always (sink.Done",
            (27, 28),
            "the text ends where `)` is expected",
            "close the parenthesis",
        ),
        (
            "always and",
            (17, 20),
            "found `and` where a condition is expected",
            "write `machine.State`, `machine ended`, or `Message sent`",
        ),
        (
            "always sink.Done sink.Done",
            (27, 36),
            "`sink.Done` is one too many",
            "remove it, or join by `and`",
        ),
        (
            "never Block sent on 3",
            (30, 31),
            "found `3` where a connection is expected",
            "name a connection",
        ),
        ("always " + "not " * 40, (145, 148), "nested deeper than 32", None),
    ],
)
def test_a_text_that_is_none_is_told_where_it_goes_wrong(
    text: str, columns: tuple[int, int], message: str, help_: str | None
) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse(text, HERE)

    error = raised.value
    assert (error.message, error.span) == (message, Span(3, columns[0], 3, columns[1]))
    assert help_ in (None, error.help)
