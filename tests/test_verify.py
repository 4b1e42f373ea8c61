"""What `verify` finds: flaws, owners, properties, and the shortest way to each violation."""

import doors
from violated import BOTH, FLAGSHIP, NO_FAULTS, OLD, verdicts, violations
from wirechart.composition.told import sentence
from wirechart.composition.verify import Bounds

KNOCKED = [
    "guest sends Knock",
    "porter takes Knock, answers Yes: Shut → Ajar",
    "guest hears Yes to Knock: Outside → Waiting",
]


def test_without_faults_the_door_has_no_flaw() -> None:
    assert violations(doors.DOOR) == []


def test_a_message_that_its_state_does_not_handle_is_found() -> None:
    assert violations(doors.UNHANDLED) == [
        (
            "reception",
            "porter does not handle Knock in Ajar",
            [
                *KNOCKED,
                "guest sends Knock",
                "porter refuses Knock, answers No: Ajar → Locked",
            ],
        )
    ]


def test_a_message_to_a_machine_that_has_ended_is_found() -> None:
    assert violations(doors.UNCONSUMED)[0] == (
        "consumption",
        "nobody takes Enter: porter has ended in Inside",
        [
            *KNOCKED,
            "guest sends Enter",
            "porter takes Enter, answers Yes: Ajar → Inside",
            "guest hears Yes to Enter",
            "guest sends Enter",
        ],
    )


def test_an_asker_and_an_answerer_that_wait_for_each_other_are_found() -> None:
    assert violations(doors.STUCK)[0] == (
        "deadlock",
        "guest waits in Waiting for the reply to Knock, and porter waits in Ajar for a message",
        [*KNOCKED, "guest sends Knock", "porter refuses Knock"],
    )


def test_an_end_that_the_other_side_takes_for_a_failure_is_found() -> None:
    assert violations(doors.DOOR, Bounds(faults=("loss",))) == [
        (
            "ending",
            "porter ended well in Inside, and guest in Lost does not know",
            [
                *KNOCKED,
                "guest sends Enter",
                "porter takes Enter, answers Yes: Ajar → Inside",
                "the connection breaks: the reply to Enter, Yes, is lost",
                "guest sees the end of the stream: Waiting → Lost",
            ],
        )
    ]


def test_two_owners_are_found() -> None:
    found = violations(doors.DOOR + doors.KEY, Bounds(faults=("silence",)))

    assert [(check, what, trace[-2:]) for check, what, trace in found if check == "ownership"] == [
        (
            "ownership",
            "key has two owners: guest in Lost and porter in Inside",
            [
                "guest waits in vain for the reply to Enter: Waiting → Lost",
                "porter takes Enter, answers Yes: Ajar → Inside",
            ],
        )
    ]


def test_while_a_request_that_passes_a_resource_is_under_way_nobody_need_own_it() -> None:
    assert violations(doors.DOOR + doors.KEY) == []


def test_no_owner_is_found() -> None:
    key = doors.KEY.replace("Waiting, Lost", "Waiting")
    found = violations(doors.DOOR + key, Bounds(faults=("loss",)))

    assert [trace for check, _, trace in found if check == "ownership"] == [
        ["the connection breaks", "guest sees the end of the stream: Outside → Lost"]
    ]


def properties(text: str, bounds: Bounds) -> dict[str, list[str] | None]:
    """The way to the violation of each property; None: it holds."""
    spec = "properties:\n" + text
    return {
        verdict.subject: [sentence(part.graph, step) for part, step in verdict.witness.trace]
        if verdict.witness
        else None
        for verdict in verdicts(doors.DOOR + spec, bounds)
        if verdict.check == "property"
    }


def test_properties_hold_or_have_a_shortest_way_to_their_violation() -> None:
    found = properties(
        """\
  knocked: Knock accepted precedes Enter sent
  never_entered: never Enter taken
  polite: never Knock sent after Enter sent
  once: never Enter sent after Knock sent
  closed: always not porter.Ajar
  at_home: eventually guest.Home and porter.Inside
  abroad: eventually porter.Locked
  at_once: Knock taken precedes porter.Ajar
""",
        NO_FAULTS,
    )

    entered = [*KNOCKED, "guest sends Enter"]
    home = [
        *entered,
        "porter takes Enter, answers Yes: Ajar → Inside",
        "guest hears Yes to Enter: Waiting → Home",
    ]
    assert found == {
        "knocked": None,
        "never_entered": home[:5],
        "polite": None,
        "once": entered,
        "closed": KNOCKED[:2],
        "at_home": None,
        "abroad": home,
        "at_once": None,
    }


def test_a_property_may_speak_of_refusals_and_of_who_left() -> None:
    found = properties(
        """\
  refused: never Knock refused
  gone: eventually guest ended
  both: always not (guest ended and porter ended)
""",
        Bounds(faults=("refusal", "leaving")),
    )

    assert found == {
        "refused": [
            "guest sends Knock",
            "porter fails to handle Knock, answers No: Shut → Locked",
            "guest hears No to Knock: Outside → Lost",
        ],
        "gone": None,
        "both": [
            "guest closes the connection in Outside",
            "porter sees the end of the stream: Shut → Locked",
        ],
    }


def test_a_way_shows_the_step_that_counts_where_another_leads_to_the_same() -> None:
    either = "on: {Enter: [{if: [{check: message.n == 1, else: {reply: No, to: stay}}], "
    text = doors.door(
        ("Enter: {code: 2, payload: none}", "Enter: {code: 2, payload: {fields: {n: u8}}}"),
        ("request: {code: u8}", "request: {code: u8, length: u32}"),
        ("  status: status\n", "  status: status\n  payload_size: length\n"),
        ("on: {Enter: Inside}", either + "to: stay, reply: No}]}"),
    )

    assert violations(text + "properties:\n  kept: never Enter taken\n") == [
        (
            "property",
            (
                "kept does not hold: "
                "guest waits in Waiting for the reply to Enter, and porter is in Ajar"
            ),
            [*KNOCKED, "guest sends Enter", "porter takes Enter, answers No"],
        )
    ]


IDLE = """\
properties:
  silent: never Wave sent
  waved: Wave sent precedes Wave taken
  told: never Wave taken after Knock sent
  apart: always not (guest.Home and porter.Locked)
  at_last: eventually guest ended
  knocked: eventually Knock sent
"""


def notes(text: str, bounds: Bounds = NO_FAULTS) -> dict[str, tuple[str, ...]]:
    """What is noted of each property."""
    found = [verdict for verdict in verdicts(text, bounds) if verdict.check == "property"]
    return {verdict.subject: verdict.notes for verdict in found}


def test_what_holds_only_since_nothing_of_it_happens_has_a_note() -> None:
    assert notes(doors.DOOR + IDLE) == {
        "silent": ("`Wave sent` never happens",),
        "waved": ("`Wave sent` never happens", "`Wave taken` never happens"),
        "told": ("`Wave taken` never happens",),
        "apart": ("`porter.Locked` is never reached",),
        "at_last": (),
        "knocked": (),
    }


def test_what_may_go_wrong_may_make_a_note_needless() -> None:
    assert notes(doors.DOOR + IDLE, Bounds())["apart"] == ()


def test_where_no_session_comes_to_rest_eventually_says_nothing() -> None:
    endless = doors.door(
        ("on: {Knock: Waiting}", "on: {Knock: stay}"),
        ("on: {Knock: Ajar, Wave: stay}", "on: {Knock: stay, Wave: stay}"),
    )

    assert notes(endless + IDLE)["at_last"] == ("`guest` never ends", "no session comes to rest")


def test_a_question_is_answered_the_same_in_the_whole_product() -> None:
    text = (
        FLAGSHIP + "properties: {a: never worker.Failed, b: never Memory sent after State sent}\n"
    )

    def told(bounds: Bounds) -> list[tuple[str, bool | None, int]]:
        return [
            (verdict.subject, verdict.holds, len(verdict.witness.trace) if verdict.witness else 0)
            for verdict in verdicts(text, bounds)
        ]

    assert told(Bounds(1)) == told(Bounds(1, whole=True))


def test_what_is_not_wholly_seen_is_not_decided() -> None:
    found = verdicts(doors.DOOR + doors.ORDER, Bounds(most=3, faults=()))

    assert [(v.subject, v.holds, v.states) for v in found if v.check == "property"] == [
        ("knocked", None, 4),
        ("polite", None, 4),
        ("never_locked", None, 4),
        ("at_home", None, 4),
    ]


def test_what_is_refused_for_its_guard_is_told_so() -> None:
    text = doors.door(
        ("Knock: {code: 1, payload: none}", "Knock: {code: 1, payload: {fields: {n: u8}}}"),
        ("request: {code: u8}", "request: {code: u8, length: u32}"),
        ("  status: status\n", "  status: status\n  payload_size: length\n"),
        (
            "on: {Knock: Ajar, Wave: stay}",
            "on: {Knock: {to: Ajar, if: message.n == 1}, Wave: stay}",
        ),
    )

    assert violations(text + "properties: {open: never porter.Locked}\n") == [
        (
            "property",
            (
                "open does not hold: "
                "guest waits in Outside for the reply to Knock, and porter has ended in Locked"
            ),
            [
                "guest sends Knock",
                "porter refuses Knock, as a guard does not hold, answers No: Shut → Locked",
            ],
        )
    ]


def test_the_flagship_holds_what_it_says() -> None:
    assert violations(FLAGSHIP, Bounds()) == []


def test_a_source_that_resumes_without_an_answer_makes_two_vms_of_one() -> None:
    assert OLD != FLAGSHIP
    way = [
        "source sends Start",
        "destination takes Start, answers Ok: Established → Started",
        "source hears Ok to Start: Connected → Started",
        "source sends Config",
        "destination takes Config, answers Ok: Started → Configured",
        "source hears Ok to Config: Started → Configured",
        "source sends State",
        "destination takes State, answers Ok: Configured → StateReceived",
        "source hears Ok to State: Configured → StateSent",
        "source sends Complete",
        "destination takes Complete, answers Ok: StateReceived → Completed",
        "the connection breaks: the reply to Complete, Ok, is lost",
        "source sees the end of the stream: StateSent → Resumed",
    ]

    assert violations(OLD, Bounds(faults=("loss",))) == [
        ("ending", "destination ended well in Completed, and source in Resumed does not know", way),
        (
            "ownership",
            "running_vm has two owners: source in Resumed and destination in Completed",
            way,
        ),
        (
            "property",
            f"resumed_only_if_not does not hold: {BOTH}",
            way,
        ),
    ]
