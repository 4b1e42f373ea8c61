"""What is suggested: one distance for all names, and what other languages write."""

import pytest

from test_stand_ins import LINK
from wirechart import build
from wirechart.diagnostics import did_you_mean, nearest

SOUND = LINK.replace("Faild", "Failed")


@pytest.mark.parametrize(
    ("found", "known", "meant"),
    [
        ("Strat", ("Start", "Started", "State"), "Start"),
        ("Stay", ("Start", "stay"), "stay"),
        ("ON", ("doc", "on"), "on"),
        ("memry", ("memory", "memory_fds"), "memory"),
        ("inital", ("connection", "initial", "role"), "initial"),
        ("mem", ("config", "memory"), "memory"),
        ("state", ("block", "table"), None),
        ("at", ("of", "to"), None),
        ("", ("a", "b"), None),
    ],
)
def test_the_nearest_name_is_the_one_with_the_fewest_slips(
    found: str, known: tuple[str, ...], meant: str | None
) -> None:
    assert nearest(found, known) == meant


def test_without_a_near_name_the_known_ones_are_listed() -> None:
    assert did_you_mean("state", ("table", "block")) == "known: `block`, `table`"


@pytest.mark.parametrize(
    ("old", "new", "code", "help_"),
    [
        ("Block: stay", "Block: Stay", "REF001", "did you mean `stay`?"),
        ("to: disk", "to: dsik", "DAT007", "did you mean `disk`?"),
        ("version == 1", "version = 1", "EXP001", "write `==`"),
        ("version == 1", "version == 1 && true", "EXP001", "write `and`"),
        ("version == 1", "version == 1 || true", "EXP001", "write `or`"),
        ("version == 1", "version == 1 and !true", "EXP001", "write `not`"),
        (
            "version == 1",
            "version == size(state.disk)",
            "REF010",
            "`Ready` holds it; hold it here, too",
        ),
        ("message.version == 1", "version == 1", "REF010", "write `message.version`"),
        (
            "message.version == 1",
            "disk == 1",
            "REF010",
            "write `message.disk`, `state.disk` or `context.disk`",
        ),
        ("message.version == 1", "block == 1", "REF010", "write `limits.block`"),
        (
            "on_eof: {to: Failed}",
            "on_eof: {to: Done}",
            "END005",
            (
                "lead it to a `final: failure` state; or say `inside_message`, if the peer may "
                "leave between two messages"
            ),
        ),
        ("on_eof: {to: Failed}", "on_eof: Failed", "STR003", "write `{to: Failed}`"),
        (
            "roles: {client: sender",
            "roles: {client: SenderÉlu",
            "STR008",
            (
                "a role's name is a lower-case letter, then lower-case letters, digits and `_`, "
                "such as `sender_elu`"
            ),
        ),
        (
            "refuse: Error",
            "refuse: none",
            "STR008",
            "name a reply; what gets none says so itself: `otherwise: {reply: none, …}`",
        ),
    ],
)
def test_a_finding_suggests_what_was_meant(old: str, new: str, code: str, help_: str) -> None:
    assert old in SOUND

    found = build.check(SOUND.replace(old, new, 1)).findings

    assert [(finding.code, finding.help) for finding in found] == [(code, help_)]
