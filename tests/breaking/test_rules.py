"""Every rule about breaks on a pair of specs: a small one, and the same with one thing changed."""

from pathlib import Path

import pytest

from breaking.pairing import LINK, PAIRS, broken, changed, example
from random_specs import read
from wirechart.breaking import search
from wirechart.breaking.compare import compare, gone
from wirechart.breaking.rules import RULES
from wirechart.diagnostics import Severity
from wirechart.renaming import renamed

# Their tests are written out, here and in the modules beside this one.
ELSEWHERE = {"BRB011", "BRB012", "BRB013", "BRW015", "BRW026", "BRB021", "BRS012", "BRI001"}


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_change_breaks_exactly_what_is_listed(path: Path) -> None:
    pair = example(path)

    assert broken(LINK, changed(LINK, pair.changes)) == pair.breaks


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_pair_shows_the_rule_it_is_named_after(path: Path) -> None:
    assert path.stem in {line.partition(" ")[0] for line in example(path).breaks}


def test_every_rule_has_a_pair() -> None:
    assert sorted({path.stem for path in PAIRS} | ELSEWHERE) == sorted(RULES)


def test_a_protocol_that_is_gone() -> None:
    (found,) = gone(read(LINK), ("old-to-new", "new-to-old")).breaks

    assert (found.code, found.problem.element, found.problem.message) == (
        "BRW026",
        "protocol",
        "the protocol `link` is gone",
    )


def test_a_search_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    monkeypatch.setattr(search, "MORE", 0)
    new = LINK.replace(
        "End: {to: Done, set: {clean: true}}", "End: {to: Done, set: {clean: false}}"
    )

    assert broken(LINK, new)[-1] == (
        "BRB021 warning machine: the search of `machine` ended after 2 inputs"
    )


@pytest.mark.parametrize("code", RULES)
def test_an_explanation_says_what_breaks_and_what_to_do(code: str) -> None:
    explanation = RULES[code].explanation

    assert explanation.endswith((".", "`."))
    assert len(RULES[code].title) < 60
    assert RULES[code].level in (Severity.ERROR, Severity.WARNING)


def test_a_rename_that_the_spec_tells_breaks_no_peer() -> None:
    was = "Later:\n          was: [Ready]\n          data:"
    new = LINK.replace("Ready:\n          data:", was).replace("to: Ready", "to: Later")
    old = read(LINK)

    found = compare(old, read(new), renamed(old, read(new)))

    assert {each.family for each in found.breaks} == {"source"}
    assert found.equality == "proven"


@pytest.mark.parametrize(
    ("before", "after", "said", "help_"),
    [
        (
            LINK,
            changed(LINK, (("slots: {map", "places: {map"), ("put: {slots:", "put: {places:"))),
            (
                "`machine.Open.Ready.on.Put` is written otherwise; "
                "`slots` is gone and `places` is new, of the same type"
            ),
            "if they are the same, write `was: slots` at `places`",
        ),
        (
            LINK.replace("message.version <= 2", "message.version <= context.window"),
            LINK.replace("message.version <= 2", "message.version <= context.credit").replace(
                "  window: u16", "  credit: u16"
            ),
            (
                "`machine.Open.Waiting.on.Hello` is written otherwise; "
                "`window` is gone and `credit` is new, of the same type"
            ),
            "if they are the same, write `was: window` at `credit`",
        ),
    ],
    ids=["data", "context"],
)
def test_what_may_have_another_name_now_is_asked_for(
    before: str, after: str, said: str, help_: str
) -> None:
    found = [each for each in compare(read(before), read(after)).breaks if each.code == "BRB020"]

    assert [(each.problem.message, each.problem.help) for each in found] == [(said, help_)]


def test_data_that_says_what_it_was_is_the_same() -> None:
    new = changed(LINK, (("put: {slots:", "put: {places:"),)).replace(
        "slots: {map: {u16: u16}, max: limits.few}",
        "places: {map: {u16: u16}, max: limits.few, was: slots}",
    )
    old = read(LINK)

    found = compare(old, read(new), renamed(old, read(new)))

    assert found.equality == "proven"


def test_another_reply_and_another_ending_of_one_transition_are_both_said() -> None:
    new = LINK.replace("Ask: stay", "Ask: {to: Done, reply: Busy, set: {clean: true}}")

    assert broken(LINK, new) == (
        (
            "BRB003 error machine.Open.Ready.on.Ask: `Ask` in `Ready` is answered Busy instead of "
            "Ok, and the machine ends in success; it went on"
        ),
        ("BRS005 error machine.handlers.ask: the handler `ask` returns `Done` instead of `Ready`"),
    )
