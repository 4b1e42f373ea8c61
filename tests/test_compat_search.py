"""What must not be sent is enough, and no more than enough: walked again without the search."""

import pytest

from compared import OWN, receiver, sender
from test_compat import RECEIVERS, SENDERS
from wirechart.compat.conversation import Talk
from wirechart.compat.lanes import lanes
from wirechart.compat.restrict import Request, restricted
from wirechart.composition.sides import Answerer

PAIRS = [(one, other) for one in (*SENDERS, OWN) for other in (*RECEIVERS, OWN)]


def talk(one: str, other: str) -> Talk:
    found = next(lanes(sender(one), receiver(other))).talk
    assert found is not None
    return found


def taken(answerer: Answerer, state: str, event: str) -> list[str]:
    """Where a receiver goes by a request that it takes, if its guards hold."""
    return [o.target for o in answerer.rows.get((state, event), ()) if o.kind == "handled"]


def refused(talk: Talk, forbidden: set[Request]) -> set[Request]:
    """What is refused somewhere, if all but these requests are made, and each other is taken."""
    asker, answerer = talk.pair.asker, talk.pair.answerer
    waiting = [(asker.initial, answerer.initial)]
    seen, found = set(waiting), set[Request]()
    while waiting:
        state, there = waiting.pop()
        for message, outcome in asker.sends.get(state, {}).items():
            if (state, message) in forbidden or there in answerer.finals:
                continue
            targets = taken(answerer, there, talk.readings[message].event)
            found |= {(state, message)} if not targets else set()
            new = {(outcome.target, target) for target in targets} - seen
            seen |= new
            waiting += new
    return found


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_is_left_is_taken(one: str, other: str) -> None:
    held = restricted(talk(one, other))

    assert refused(talk(one, other), set(held.forbidden)) == set()


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_each_refused_request_must_be_left_out(one: str, other: str) -> None:
    held = restricted(talk(one, other))
    wanted = {
        request
        for request, trouble in held.forbidden.items()
        if held.possible and trouble.kind == "refused"
    }

    needless = {
        request
        for request in wanted
        if request not in refused(talk(one, other), set(held.forbidden) - {request})
    }

    assert needless == set()
