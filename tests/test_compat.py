"""Which senders and receivers of Cloud Hypervisor understand each other: found, with the proof."""

import re
from typing import Any

import pytest

from compared import OWN, met, receiver, replaced, sender
from wirechart.compat.verdict import Condition, Verdict, replacement, verdict
from wirechart.compat.words import Exchange, Proof
from wirechart.diagnostics import Span
from wirechart.model import BASIC_TYPES, DataField, Ref
from wirechart.record import replace

SENDERS = ("fork", "v0.12", "v18", "v21", "v39", "v41", "v43", "v50", "v52", "v53")
RECEIVERS = ("before-v50", "fork", "v50", "v52", "v53")


def taken(message: str, reply: str, *, as_: str = "") -> Exchange:
    return Exchange("", True, message, as_ or message, reply, False)


def failing(message: str, reply: str) -> Exchange:
    return Exchange("", True, message, message, reply, True)


def unheard(message: str) -> Exchange:
    return Exchange("", True, message, "", "", False)


OPENED = (taken("Start", "Ok"), taken("Config", "Ok"), taken("State", "Ok"))
NO_ABANDON = Condition(
    "never sends `Abandon`",
    Proof(
        (failing("Start", "Error"), unheard("Abandon")),
        "the receiver has ended in `Aborted`, and nobody takes `Abandon`",
    ),
)
NOT_TWICE = Condition(
    "`MemoryFd` in `MemoryFdsReceived` only with `message.slot not in state.memory_fds and "
    "size(state.memory_fds) < limits.slots`",
    Proof(
        (taken("Start", "Ok"), taken("MemoryFd", "Ok"), taken("MemoryFd", "Error")),
        "the receiver refuses `MemoryFd` in `MemoryFdsReceived`",
    ),
)
WITHIN = Condition("`Config` at most 4 MiB of payload; `State` at most 16 MiB of payload", None)

WRITTEN = Condition(
    "`Config` written as `with_memory_manager`; `State` written as `json_text`", None
)


def if_(*conditions: Condition) -> Verdict:
    return Verdict("accepts if", conditions, None)


def test_the_answers_of_all_pairs() -> None:
    answers = {
        one: [met(one, other).answer for other in (*RECEIVERS, OWN)] for one in (*SENDERS, OWN)
    }

    yes, if__, no = "accepts", "accepts if", "breaks"
    assert answers == {
        "fork": [if__, if__, if__, if__, if__, if__],
        "v0.12": [yes, no, no, no, no, if__],
        "v18": [yes, no, no, no, no, if__],
        "v21": [yes, no, no, no, no, if__],
        "v39": [yes, if__, if__, if__, if__, if__],
        "v41": [yes, if__, if__, if__, if__, if__],
        "v43": [yes, if__, if__, if__, if__, if__],
        "v50": [yes, if__, if__, if__, if__, if__],
        "v52": [if__, if__, if__, if__, if__, if__],
        "v53": [if__, if__, if__, if__, yes, if__],
        OWN: [if__, if__, if__, if__, if__, if__],
    }


def test_workers_without_a_role_are_not_understood_by_v53() -> None:
    closed = Proof((), "its first bytes `04 00` are no preamble that is known")

    assert met("v52", "v53") == if_(NO_ABANDON, Condition("opens no `memory`", closed))


def test_workers_without_a_role_are_taken_where_the_receiver_is_asked_to() -> None:
    bare = "the receiver takes `memory` without a preamble (`bare`), or none is opened"

    assert met("v52", OWN) == if_(NOT_TWICE, WITHIN, Condition(bare, None))


def test_a_role_is_read_as_a_request_by_v52() -> None:
    start = "its first bytes `01 00 04 00 00 00 00 00` are read as the begin of `Start`"
    config = "its first bytes `02 00` are read as the begin of `Config`"

    assert met("v53", "v52") == if_(
        Condition("only over unix or tcp", None),
        Condition("opens no `memory`", Proof((), start)),
        Condition("opens no `faults`", Proof((), config)),
    )


@pytest.mark.parametrize("other", ["v52", "v53"])
def test_a_sign_of_life_of_the_fork_ends_the_migration_of_others(other: str) -> None:
    early = Condition(
        "does not send `KeepAlive` in `Started`, `MemoryShared`, `Shared` and `Configured`",
        Proof(
            (taken("Start", "Ok"), taken("KeepAlive", "Error", as_="CompletePaused")),
            "the receiver refuses `KeepAlive` in `Started`",
        ),
    )
    late = Condition(
        "does not send `KeepAlive` in `StateSent`",
        Proof(
            (*OPENED, taken("KeepAlive", "Ok", as_="CompletePaused")),
            "the receiver takes `KeepAlive` for `CompletePaused` and ends in `Completed`; its `Ok` "
            "comes unasked",
        ),
    )

    assert met("fork", other) == if_(early, late, NO_ABANDON)


def test_the_fork_takes_the_last_request_for_a_sign_of_life_and_does_not_answer() -> None:
    clash = Condition(
        "never sends `CompletePaused`",
        Proof(
            (*OPENED, taken("CompletePaused", "", as_="KeepAlive")),
            "the receiver takes `CompletePaused` for `KeepAlive` and does not answer: the sender "
            "waits for ever",
        ),
    )
    alone = Condition("opens no `memory`", Proof((), "nobody takes a further connection"))

    assert met("v52", "fork") == if_(clash, NO_ABANDON, alone)


def test_nobody_hears_an_abandon_after_the_error_of_a_receiver_that_has_gone() -> None:
    assert met("v41", "v50") == if_(NO_ABANDON)


def test_a_receiver_that_lingers_hears_it() -> None:
    assert met("v41", OWN) == if_(NOT_TWICE, WITHIN)


def test_a_sender_that_just_closes_needs_nobody_to_hear() -> None:
    assert met("v53", "v53") == Verdict("accepts", (), None)


def test_an_old_configuration_is_not_understood() -> None:
    assert met("v18", "v50") == Verdict(
        "breaks",
        (),
        Proof(
            (taken("Start", "Ok"), taken("Config", "Error", as_="malformed")),
            "the receiver refuses `Config` in `Started`: written as `vm_config_and_cpuid`, and "
            "read as `with_memory_manager`",
        ),
    )


def test_an_old_state_is_not_understood() -> None:
    start, config, _ = OPENED

    assert met("v21", "v53") == Verdict(
        "breaks",
        (),
        Proof(
            (start, config, taken("State", "Error", as_="malformed")),
            "the receiver refuses `State` in `Configured`: written as `byte_arrays`, and read as "
            "`json_text`",
        ),
    )


def test_what_the_strict_receiver_refuses_that_the_liberal_one_took() -> None:
    start, config, state = OPENED
    unread = ", its payload unread"

    assert replaced("before-v50", "v50") == if_(
        Condition(
            "does not send `Start` in `Started`, `Configured` and `VmExists`",
            Proof((start, taken("Start", "Error")), "the receiver refuses `Start` in `Started`"),
        ),
        Condition(
            "does not send `Config` in `Configured` and `VmExists`",
            Proof(
                (start, config, taken("Config", "Error")),
                f"the receiver refuses `Config` in `Configured`{unread}",
            ),
        ),
        Condition(
            "does not send `MemoryFd` in `Configured` and `VmExists`",
            Proof(
                (start, config, taken("MemoryFd", "Error")),
                f"the receiver refuses `MemoryFd` in `Configured`{unread}",
            ),
        ),
        Condition(
            "does not send `Memory` in `VmExists`",
            Proof(
                (start, config, state, taken("Memory", "Error")),
                f"the receiver refuses `Memory` in `StateReceived`{unread}",
            ),
        ),
        Condition(
            "`Config` written as `with_memory_manager`; `State` written as `json_text`", None
        ),
    )


def test_the_liberal_receiver_takes_all_that_the_strict_one_takes() -> None:
    assert replaced("v50", "before-v50") == Verdict("accepts", (), None)


Part = Any  # of a record: another one, a tuple of them, text, a number, or None
MEMORY = Ref("memory", Span(1, 1, 1, 2))
KEPT = ("dialects", "over")  # words that specs share


def renamed(part: Part, salt: str) -> Part:
    """A part of a spec with another name for everything that has one."""
    if part.__class__ is tuple:
        return tuple(renamed(item, salt) for item in part)
    if isinstance(part, Ref) and part.name in BASIC_TYPES and part.name != "memory":
        return part
    if not hasattr(part, "__match_args__"):
        return part
    named = {
        key: renamed(getattr(part, key), salt) for key in part.__match_args__ if key not in KEPT
    }
    if isinstance(part, DataField) and part.type == MEMORY:  # a type; data may be called so, too
        named["type"] = part.type
    if isinstance(named.get("name"), str) and part.name:
        named["name"] = f"{part.name}_{salt}"
    return replace(part, **named)


def mapped(part: Part) -> Part:
    """A verdict with the names of before."""
    if isinstance(part, str):
        return re.sub(r"(\w+)_(?:one|two)\b", r"\1", part)
    if part.__class__ is tuple:
        return tuple(mapped(item) for item in part)
    if not hasattr(part, "__match_args__"):
        return part
    return replace(part, **{key: mapped(getattr(part, key)) for key in part.__match_args__})


@pytest.mark.parametrize("name", [*SENDERS, OWN])
def test_names_do_not_count(name: str) -> None:
    one = renamed(sender(name), "one")

    found = [mapped(verdict(one, renamed(receiver(other), "two"))) for other in (*RECEIVERS, OWN)]

    assert found == [met(name, other) for other in (*RECEIVERS, OWN)]


@pytest.mark.parametrize("name", [*RECEIVERS, OWN])
def test_names_of_receivers_do_not_count(name: str) -> None:
    one = renamed(receiver(name), "one")

    found = [mapped(replacement(one, renamed(receiver(other), "two"))) for other in RECEIVERS]

    assert found == [replaced(name, other) for other in RECEIVERS]


@pytest.mark.parametrize("name", ["before-v50", "fork", "v50", "v52"])
def test_a_receiver_takes_all_that_it_takes(name: str) -> None:
    assert replaced(name, name) == Verdict("accepts", (), None)


def test_whoever_follows_a_receiver_is_not_known_to_keep_to_its_guards() -> None:
    assert [condition.text for condition in replaced("v53", "v53").conditions] == [
        "`Start` in `Established` only with `message.version == 0`"
    ]
