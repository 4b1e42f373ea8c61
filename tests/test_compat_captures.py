"""The specs of senders and receivers, held against what real ones sent and answered."""

import gzip
import json
from functools import cache
from typing import Any

import pytest

from captures import CAPTURES
from compared import met, receiver, sender
from wirechart import chart as charts
from wirechart.compat import octets
from wirechart.compat.octets import Part
from wirechart.compat.words import Proof
from wirechart.composition import sides
from wirechart.model import Spec

SUCCESS = (
    ("tcp-precopy", "Completed"),
    ("tcp-paused", "Completed"),
    ("tcp-multi", "Completed"),
    ("tcp-two-zones", "Completed"),
    ("tls-precopy", "Completed"),
    ("tcp-postcopy", "Completed"),
    ("unix-local", "Completed"),
    ("unix-local-2slot", "Completed"),
    ("unix-precopy", "Completed"),
    ("receiver-rejects-start", "Resumed"),
    ("receiver-rejects-state", "Resumed"),
    ("sender-dies", "Configured"),
    ("sender-dies-before-complete", "StateSent"),
)
KINDS = {"main": "main", "memory": "memory", "fault": "faults"}  # roles in recordings
Json = Any


@cache
def capture(name: str) -> Json:
    return json.loads((CAPTURES / name / "capture.json").read_text(encoding="utf-8"))


def view(spec: Spec, connection: str) -> Spec:
    """The spec as its machine on a kind of connection sees it."""
    return next(
        one
        for one in charts.views(spec)
        if (kind := charts.connection(one)) is not None and kind.name == connection
    )


def asked(asker: sides.Asker, state: str, message: str, reply: str | None) -> str:
    """Where an asker is behind a request and its reply; without one it stays where it is."""
    accepted = asker.sends[state][message]
    if reply is None:
        return state
    return accepted.target if reply == "Ok" else asker.faults[state, "refused"].target


@pytest.mark.parametrize(("name", "end"), SUCCESS)
def test_the_source_of_v53_sends_what_was_recorded(name: str, end: str) -> None:
    recorded = capture(name)
    kinds = {link["id"]: KINDS[link["role"]] for link in recorded["connections"]}
    asker = sides.asker(charts.build(view(sender("v53"), "main")))
    state = asker.initial

    for row in recorded["decoded"]:
        if kinds[row["connection"]] == "main":
            state = asked(asker, state, row["command"], row["reply"])

    assert state == end


def test_the_source_of_v53_sends_only_memory_on_further_connections() -> None:
    recorded = capture("tcp-multi")
    kinds = {link["id"]: KINDS[link["role"]] for link in recorded["connections"]}
    asker = sides.asker(charts.build(view(sender("v53"), "memory")))

    states = {
        asked(asker, "Feeding", row["command"], row["reply"])
        for row in recorded["decoded"]
        if "command" in row and kinds[row["connection"]] == "memory"
    }

    assert states == {"Feeding"}


def requests(name: str) -> list[tuple[str, bytes]]:
    """Every request that the client sent, with the bytes of its header."""
    recorded = capture(name)
    streams = {
        link["id"]: gzip.decompress((CAPTURES / name / link["client"]).read_bytes())
        for link in recorded["connections"]
    }
    return [
        (row["command"], streams[row["connection"]][row["offset"] : row["offset"] + 16])
        for row in recorded["decoded"]
        if "command" in row and "request_from" not in row
    ]


def header(spec: Spec, name: str) -> str:
    """A request's header in hexadecimal; `..` is a byte that is not known beforehand."""
    message = next(message for message in spec.messages if message.name == name)
    known = octets.request(spec, message)
    return "".join(".." if isinstance(octet, Part) else f"{octet:02x}" for octet in known)


def masked(data: bytes, pattern: str) -> str:
    """The same of recorded bytes."""
    told = zip(data, pattern[::2], strict=True)
    return "".join(".." if known == "." else f"{octet:02x}" for octet, known in told)


@pytest.mark.parametrize("name", ["tcp-multi", "tcp-paused", "unix-local-2slot"])
def test_the_headers_of_v53_are_those_that_were_recorded(name: str) -> None:
    found = requests(name)

    recorded = [masked(data, header(sender("v53"), command)) for command, data in found]

    assert recorded == [header(sender("v53"), command) for command, _ in found]


def test_the_roles_of_v53_are_those_that_were_recorded() -> None:
    recorded = capture("tcp-multi")["connections"] + capture("tcp-postcopy")["connections"]
    names = {link["role"]: link["client"] for link in recorded if link["role"] != "main"}
    folders = {"memory": "tcp-multi", "fault": "tcp-postcopy"}

    begins = {
        role: gzip.decompress((CAPTURES / folders[role] / file).read_bytes())[:2]
        for role, file in names.items()
    }

    assert begins == {"memory": b"\1\0", "fault": b"\2\0"}


def test_the_receiver_of_v53_asks_for_pages_as_it_was_recorded() -> None:
    asks = [row for row in capture("tcp-postcopy")["decoded"] if "request_from" in row]
    asker = sides.asker(charts.build(view(receiver("v53"), "faults")))

    states = {asked(asker, "Fetching", row["command"], row["reply"]) for row in asks}

    assert (len(asks), states) == (2048, {"Fetching"})


@cache
def bad_inputs() -> Json:
    return json.loads((CAPTURES / "bad-inputs" / "bad-inputs.json").read_text(encoding="utf-8"))


def rows(prefix: str) -> list[Json]:
    return [row for row in bad_inputs()["rows"] if row["name"].startswith(prefix)]


def test_the_receiver_of_v53_answers_each_command_in_each_state_as_the_real_one_did() -> None:
    answerer = sides.answerer(charts.build(view(receiver("v53"), "main")))
    known = {event for _, event in answerer.rows}
    recorded = {
        (row["state"], command): row["steps"][-1]["answer"]
        for row in rows("matrix: ")
        if row["transport"] == "unix"
        and (command := row["name"].removeprefix("matrix: ").partition(" ")[0]) in known
    }

    answers = {
        (state, command): answerer.rows[state, command][0].reply for state, command in recorded
    }

    assert (len(answers), answers) == (40, recorded)


def test_a_worker_as_of_v52_was_closed_by_the_receiver_as_it_is_found() -> None:
    (row, _) = rows("additional connection: no role")
    (step,) = (step for step in row["steps"] if step.get("on_connection") == 1)
    proof = next(c for c in met("v52", "v53").conditions if c.text == "opens no `memory`").proof

    assert (step["send"][0]["hex"][:4], step["answer"], step["connection"]) == (
        "0400",
        None,
        "reset",
    )
    assert proof == Proof((), "its first bytes `04 00` are no preamble that is known")


def test_the_real_receiver_has_gone_behind_its_error() -> None:
    (link,) = capture("receiver-rejects-state")["connections"]

    assert (link["closed_by"], link["ends"]["server"]) == ("server", "eof")
