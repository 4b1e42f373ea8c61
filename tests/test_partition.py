"""What `verify` makes of a host that dies, or a network that is cut: no end of stream comes."""

import doors
from test_spin import ROOMS
from violated import LONELY, OLD, PARTED, violations
from wirechart.composition.verify import Bounds


def test_a_machine_without_a_deadline_waits_for_ever_for_a_host_that_died() -> None:
    idle = "on_idle: {after: limits.idle, to: Locked}"
    between = doors.door(
        (idle, "on_idle: {after: limits.idle, between_messages: never, to: Locked}")
    )
    inside = doors.door(
        (idle, "on_idle: {after: never, between_messages: limits.idle, to: Locked}")
    )
    asking = doors.door(
        ("on_idle: {after: limits.idle, to: Lost}", "on_idle: {after: never, to: Lost}")
    )

    assert [violations(text, LONELY)[0] for text in (between, inside, asking)] == [
        (
            "deadlock",
            "porter waits in Shut for a message: no deadline ends that",
            [PARTED],
        ),
        (
            "deadlock",
            "porter waits in Shut for the rest of Knock: no deadline ends that",
            [
                "guest sends Knock",
                f"{PARTED}: Knock does not arrive as a whole",
            ],
        ),
        (
            "deadlock",
            "guest waits in Outside for the reply to Knock: no deadline ends that",
            [
                "guest sends Knock",
                f"{PARTED}: Knock does not arrive as a whole",
            ],
        ),
    ]


def test_where_a_host_died_the_other_side_goes_by_its_deadlines() -> None:
    key = doors.KEY.replace("[Outside, Waiting, Lost]", "[Outside, Waiting]")

    found = violations(doors.DOOR + key, LONELY)

    assert [trace for check, _, trace in found if check == "ownership"] == [
        [
            "guest sends Knock",
            f"{PARTED}: Knock does not arrive as a whole",
            "guest waits in vain for the reply to Knock: Outside → Lost",
        ]
    ]


def test_a_further_connection_is_closed_when_its_side_of_the_first_has_ended() -> None:
    swept = "properties: {swept: eventually porter ended and not maid.Idle}\n"

    assert [check for check, _, _ in violations(ROOMS + swept, LONELY)] == ["ending"]


def test_what_will_never_arrive_leaves_a_resource_without_an_owner() -> None:
    idle = "on_idle: {after: limits.idle, to: Locked}"
    text = doors.door(
        ("Enter: {code: 2, payload: none}", "Enter: {code: 2, payload: none, reply: none}"),
        (idle, "on_idle: {after: limits.idle, between_messages: never, to: Locked}"),
    )

    found = violations(text + doors.KEY, LONELY)

    assert [(what, trace[3:]) for check, what, trace in found if check == "ownership"] == [
        (
            "key has no owner: guest has ended in Home, and porter is in Ajar",
            ["guest sends Enter: Waiting → Home", f"{PARTED}: Enter does not arrive as a whole"],
        )
    ]


def test_where_nobody_can_know_there_need_be_no_owner() -> None:
    key = doors.KEY.replace("Waiting, Lost", "Waiting") + "    in_doubt: {guest: Lost}\n"

    assert violations(doors.DOOR + key, Bounds()) == []


def test_a_source_that_resumes_makes_two_vms_also_when_nobody_is_told_of_the_end() -> None:
    assert [(check, way[-3:]) for check, _, way in violations(OLD, LONELY)] == [
        (
            check,
            [
                "destination takes Complete, answers Ok: StateReceived → Completed",
                f"{PARTED}: the reply to Complete, Ok, does not arrive",
                "source waits in vain for the reply to Complete: StateSent → Resumed",
            ],
        )
        for check in ("ending", "ownership", "property")
    ]
