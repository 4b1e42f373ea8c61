"""What breaks where a machine that asks does otherwise."""

import pytest

from breaking.pairing import CH, broken, changed
from random_specs import read
from wirechart.breaking.compare import compare

UNANSWERED = (
    "            on_unanswered: {to: InDoubt}  # the destination may run the VM, or have aborted\n"
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            UNANSWERED,
            "",
            (
                "BRB012 warning machines.source.Sending.StateSent.on_unanswered: "
                "a request without an answer in `StateSent` leads to `Resumed` instead of `InDoubt`"
            ),
        ),
        (
            "        otherwise: {to: Resumed}\n        on_eof",
            "        otherwise: {to: InDoubt}\n        on_eof",
            (
                "BRB012 warning machines.source.Sending.otherwise: "
                "a refusal in `Connected` leads to `InDoubt` instead of `Resumed`"
            ),
        ),
        (
            f"set: {{paused: true}}}}\n{UNANSWERED}",
            f"set: {{paused: false}}}}\n{UNANSWERED}",
            (
                "BRB012 warning machines.source.Sending.StateSent.on.CompletePaused: "
                "`CompletePaused` in `StateSent` sets other values"
            ),
        ),
        (
            "        on_idle: {after: limits.idle, to: Resumed}",
            "        on_idle: {after: limits.linger, to: Resumed}",
            (
                "BRB011 error machines.source.Sending.on_idle: "
                "in `Connected` the sender waits 2 s instead of 60 s"
            ),
        ),
        (
            "            on: {Start: Started}",
            "            on: {Start: {to: Started, reply: Error}}",
            (
                "BRB013 error machines.source.Sending.Connected.on.Start: "
                "`Start` in `Connected` awaits Error instead of Ok"
            ),
        ),
    ],
    ids=["unanswered", "refusal", "set", "patience", "reply"],
)
def test_a_machine_that_asks_does_otherwise(before: str, after: str, expected: str) -> None:
    assert broken(CH, changed(CH, ((before, after),))) == (expected,)


def test_a_sender_that_gives_up_sooner_leaves_receivers_of_the_other_version() -> None:
    patience = "        on_idle: {after: limits.idle, to: Resumed}"
    hasty = CH.replace(patience, patience.replace("idle, to", "linger, to"))
    verdicts = [compare(read(CH), read(hasty)), compare(read(hasty), read(CH))]

    assert [[each.problem.directions for each in one.breaks] for one in verdicts] == [
        [("new-to-old",)],
        [("old-to-new",)],
    ]


def test_endings_of_a_sender_that_have_other_names_are_the_same() -> None:
    found = compare(read(CH), read(CH.replace("Resumed", "GoesOn")))

    assert [each for each in found.breaks if each.family != "source"] == []
    assert found.equality == "proven"


def test_what_a_sender_may_not_ask_any_more() -> None:
    last = "              CompletePaused: {to: Completed, set: {paused: true}}\n"
    before, end = CH.rpartition(last)[::2]

    assert broken(CH, before + end) == (
        (
            "BRS012 error machines.source.send.StateSent.CompletePaused: "
            "`CompletePaused` may not be sent in `StateSent` any more"
        ),
    )
