"""One connection and its two machines: what can happen, in which order, and what cannot."""

from pathlib import Path

import doors
from random_specs import read
from wirechart.chart import build, views
from wirechart.composition import relation, sides
from wirechart.composition.connection import Graph, explore
from wirechart.composition.moves import FAULTS, Move, Pair, Situation
from wirechart.composition.relation import Arrival, Relation
from wirechart.composition.search import Watch, search
from wirechart.composition.system import kinds, system
from wirechart.model import Spec

ROOT = Path(__file__).parent.parent
FLAGSHIP = read((ROOT / "spec/ch-migration.yaml").read_text())


def graph(spec: Spec, faults: tuple[str, ...] = ()) -> Graph:
    return explore(kinds(spec)[0].pair, faults)


def door(old: str = "", new: str = "") -> Spec:
    return read(doors.door((old, new)))


def told(move: Move) -> str:
    words = (move.by, move.kind, move.message, move.reply, move.flaw, move.fault)
    return " ".join(word for word in words if word)


def moves(found: Graph, now: Situation) -> list[str]:
    number = found.numbers[now]
    return [told(step.move) for step in found.steps[number]]


def way(found: Graph, now: Situation) -> list[str]:
    return [told(step.move) for step in found.way(found.numbers[now])]


def at(asker: str, answerer: str, **more: object) -> Situation:
    """Both wait for nothing, and nothing is under way, but for what is said."""
    empty = Situation(asker, "", "", answerer, "", False, "", "", "")
    return empty._replace(**more)  # type: ignore[arg-type]  # a test's own words


def test_without_faults_a_session_goes_by_requests_and_replies() -> None:
    home = at("Home", "Inside", asker_over="accepted", answerer_over="handled")

    assert way(graph(door()), home) == [
        "asker sends Knock",
        "answerer takes Knock Yes",
        "asker hears Knock Yes",
        "asker sends Enter",
        "answerer takes Enter Yes",
        "asker hears Enter Yes",
    ]


def test_without_faults_nothing_else_happens() -> None:
    assert len(graph(door()).situations) == 7


def test_a_request_under_way_may_be_taken_fail_be_lost_or_be_given_up() -> None:
    now = at("Waiting", "Ajar", asked="Enter", line="request", carried="Enter")

    assert moves(graph(door(), ("refusal", "loss", "silence", "leaving")), now) == [
        "asker leaves Enter leaving",
        "asker waits in vain Enter silence",
        "asker waits in vain Enter silence",
        "answerer takes Enter Yes",
        "answerer takes Enter No refusal",
        "answerer waits in vain Enter No silence",
        "line breaks Enter loss",
        "line breaks inside Enter loss",
    ]


def test_behind_a_partition_each_side_knows_by_its_deadline_alone() -> None:
    faults = ("loss", "partition", "silence")
    found = graph(door(), faults)
    asking = at("Waiting", "Ajar", asked="Enter", broken="partition")

    assert moves(found, at("Waiting", "Ajar", broken="partition")) == [
        "asker sends Enter",
        "answerer waits in vain",
    ]
    assert moves(found, asking) == ["asker waits in vain Enter", "answerer waits in vain"]


def test_what_is_sent_behind_a_partition_may_not_have_left_as_a_whole() -> None:
    doubtful = door("      Waiting:\n", "      Waiting:\n        on_unanswered: {to: Home}\n")
    found = graph(doubtful, ("partition",))
    (sends, _) = found.steps[found.numbers[at("Waiting", "Ajar", broken="partition")]]
    asked = at("Waiting", "Ajar", asked="Enter", line="request", broken="partition")

    assert found.situations[sends.after] == asked
    assert [(told(s.move), found.situations[s.after].asker) for s in found.steps[sends.after]] == [
        ("asker waits in vain Enter", "Home"),
        ("asker waits in vain Enter", "Lost"),
        ("answerer waits in vain", "Waiting"),
    ]


def test_what_an_asker_closed_may_not_be_seen_behind_a_partition() -> None:
    left = at("Waiting", "Ajar", asker_over="left")

    assert moves(graph(door(), ("partition", "leaving")), left) == [
        "answerer sees the end",
        "line partitions partition",
    ]


def test_a_partition_cuts_all_connections_and_each_side_closes_the_others_with_the_first() -> None:
    _, _, found = watch(2, {"memory 2": "Drained", "main": "Aborted"}, ("partition",))

    assert found == [
        ("memory 2", "asker opens"),
        ("main", "line partitions partition"),
        ("memory 2", "line partitions partition"),
        ("main", "answerer waits in vain"),
        ("memory 2", "answerer is closed"),
    ]


def test_a_reply_is_lost_when_its_asker_gave_up() -> None:
    late = at("Lost", "Inside", asker_over="failed", answerer_over="handled")

    assert way(graph(door(), ("silence",)), late)[-2:] == [
        "asker waits in vain Enter silence",
        "answerer takes Enter Yes",
    ]


def test_both_sides_see_that_the_connection_broke() -> None:
    found = graph(door(), ("loss",))
    broken = at("Waiting", "Ajar", broken="lost")

    assert moves(found, broken) == ["asker sees the end", "answerer sees the end"]


def test_a_message_that_no_outcome_handles_is_a_flaw() -> None:
    found = graph(door("on: {Enter: Home}", "on: {Knock: stay, Enter: Home}"))
    now = at("Waiting", "Ajar", asked="Knock", line="request", carried="Knock")

    assert moves(found, now) == ["answerer takes Knock No reception"]


def test_a_message_to_a_machine_that_has_ended_is_a_flaw() -> None:
    spec = door("on: {Enter: Home}", "on: {Enter: stay}")
    now = at("Waiting", "Inside", answerer_over="handled")

    assert moves(graph(spec), now) == ["asker sends Enter consumption", "asker sees the end"]


def test_a_message_without_a_reply_is_not_waited_for() -> None:
    spec = door("on: {Enter: Home}", "on: {Wave: Home}")
    now = at("Home", "Ajar", asker_over="accepted", line="request", carried="Wave")

    assert way(graph(spec), now)[-1] == "asker sends Wave"
    assert moves(graph(spec), now) == ["answerer takes Wave reception"]


def test_a_failure_that_lingers_answers_a_late_message_once() -> None:
    spec = door("on: {Enter: Home}", "on: {Knock: stay, Enter: Home}")
    now = at(
        "Waiting",
        "Locked",
        asked="Knock",
        answerer_over="failed",
        lingers=True,
        line="request",
        carried="Knock",
    )

    assert moves(graph(spec, ("silence",)), now) == [
        "asker sees the end Knock",
        "asker waits in vain Knock silence",
        "asker waits in vain Knock silence",
        "answerer answers late Knock Yes",
    ]


def test_an_asker_may_leave_where_the_end_of_the_stream_is_a_success() -> None:
    spec = door("on_eof: {to: Locked}", "on_eof: {to: Inside}")

    assert moves(graph(spec), at("Outside", "Shut")) == ["asker sends Knock", "asker leaves"]


def test_two_specs_understand_each_other_as_their_relation_says() -> None:
    pair = kinds(door())[0].pair
    foreign = Relation(
        arrives=lambda message: (
            (Arrival("Enter", "the codes are exchanged"),)
            if message == "Knock"
            else (Arrival("refused", "its code is unknown"),)
        ),
        returns=lambda _, reply: "malformed" if reply == "No" else "accepted",
    )
    found = explore(Pair(pair.asker, pair.answerer, foreign), ())
    ended = at("Lost", "Locked", asker_over="failed", answerer_over="failed")

    steps = found.way(found.numbers[ended])

    assert [(told(step.move), step.move.event, step.move.why) for step in steps] == [
        ("asker sends Knock", "", ""),
        ("answerer takes Knock No reception", "Enter", "the codes are exchanged"),
        ("asker hears Knock No", "", ""),
    ]


def test_a_connection_that_is_not_understood_is_closed() -> None:
    pair = kinds(door())[0].pair
    closed = Relation(pair.relation.arrives, pair.relation.returns, opens=False)

    found = explore(Pair(pair.asker, pair.answerer, closed), ())

    now = at("Outside", "Shut", answerer_over="closed")
    assert moves(found, now) == ["asker sends Knock", "asker sees the end"]


def test_who_is_not_described_sends_whatever_may_be_sent() -> None:
    spec = read(doors.DOOR.partition("machines:")[0])

    found = graph(spec)

    assert moves(found, at("Anybody", "Shut")) == [
        "asker sends Knock",
        "asker sends Enter",
        "asker sends Wave",
        "asker leaves",
    ]


def test_who_is_not_described_accepts_or_refuses() -> None:
    spec = door()
    pair = Pair(
        kinds(spec)[0].pair.asker,
        sides.any_answerer(build(views(spec)[1])),
        relation.same("Yes"),
    )
    now = at("Outside", "Anybody", asked="Knock", line="request", carried="Knock")

    assert moves(explore(pair, ()), now) == ["answerer takes Knock Yes", "answerer takes Knock No"]


def watch(
    count: int, places: dict[str, str], faults: tuple[str, ...] = FAULTS
) -> tuple[int, int, list[tuple[str, str]]]:
    """Look for all of some states at once: states and moves seen, and the way as (part, move)."""
    whole = system(kinds(FLAGSHIP), count, faults)
    marks = tuple(
        tuple(int(now.answerer == places.get(part.name)) for now in part.graph.situations)
        for part in whole.parts
    )
    walk = search(whole, Watch(marks, lambda _, total: total == len(places)))
    steps = walk.way(walk.found) if walk.found is not None else ()
    return walk.states, walk.moves, [(part.name, told(step.move)) for part, step in steps]


def test_connections_are_searched_in_their_product() -> None:
    _, _, found = watch(2, {"memory 2": "Drained", "main": "Started"})

    assert found == [
        ("main", "asker sends Start"),
        ("main", "answerer takes Start Ok"),
        ("memory 2", "asker opens"),
        ("memory 2", "asker leaves"),
        ("memory 2", "answerer sees the end"),
    ]


def test_all_is_seen_when_nothing_is_found() -> None:
    assert watch(1, {"main": "Nowhere"})[:2] == (50_975, 306_233)
