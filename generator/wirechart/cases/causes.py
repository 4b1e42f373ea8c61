"""Why a machine ends, as the runtime says it. Knows the classes of causes by name; no bytes."""

from typing import TYPE_CHECKING

from wirechart.cases.values import Anything, Built, Literal
from wirechart.decisions import FAULTS

if TYPE_CHECKING:
    from wirechart.decisions import Outcome
    from wirechart.samples import Request


def cause_of(
    place: str, outcome: "Outcome", request: "Request | None", seconds: float = 0.0
) -> Built:
    """Why the machine ends, as the runtime's class says it; `seconds` of silence, if it was one."""
    state = ("state", Literal(place))
    message = ("message", Literal(request.message or request.known if request else ""))
    built_in = outcome.kind in FAULTS and outcome.cause in FAULTS
    if outcome.kind == "handled" or not built_in:
        because = () if outcome.kind == "handled" else (("because", Anything()),)
        return Built("Named", (("name", Literal(outcome.cause or "")), state, message, *because))
    match outcome.kind:
        case "refused" if request is not None and not (request.message or request.known):
            return Built("UnknownMessage", (state, ("code", Literal(dict(request.fields)["code"]))))
        case "refused":
            return Built("RefusedMessage", (state, message, ("guard", Anything())))
        case "malformed":
            return Built("MalformedMessage", (state, message, ("reason", Anything())))
        case "handler_error":
            return Built("HandlerFailed", (state, message, ("error", Anything())))
        case "eof" | "cut":
            return Built("EndOfStream", (state, message, ("where", Anything())))
        case "idle":
            return Built("PeerSilent", (state, message, ("seconds", Literal(seconds))))
        case _:
            return Built("FramingLost", (state, message, ("reason", Anything())))
