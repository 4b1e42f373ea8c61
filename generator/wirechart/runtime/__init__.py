"""What every generated package stands on: written by hand, standard library only, no protocol.

The package is copied verbatim into each generated one; its imports are relative for that.
"""

from .causes import (
    Cause,
    EndOfStream,
    FramingLost,
    HandlerFailed,
    MalformedError,
    MalformedMessage,
    Named,
    PeerSilent,
    Refusal,
    RefusedMessage,
    UnknownMessage,
    WrongResultError,
)
from .core import Core
from .descriptors import Descriptor
from .events import Event, MessageArrived, Observer, ReplyMade, StateEntered, Terminated
from .kinds import Fields, JsonText, Kind, Rows, Scattered, Stream
from .machine import (
    Fault,
    Faults,
    Final,
    Header,
    Layout,
    Machine,
    Row,
    Rules,
    Wire,
    ended,
    handled,
    refused,
    rules,
)
from .memory import Image, Make, Memory, Nothing, Nowhere, Resource, unsupplied
from .payloads import Json, Table
from .stepping import steppers
from .steps import Step
from .streams import Payload, Receiving

__all__ = [
    "Cause",
    "Core",
    "Descriptor",
    "EndOfStream",
    "Event",
    "Fault",
    "Faults",
    "Fields",
    "Final",
    "FramingLost",
    "HandlerFailed",
    "Header",
    "Image",
    "Json",
    "JsonText",
    "Kind",
    "Layout",
    "Machine",
    "Make",
    "MalformedError",
    "MalformedMessage",
    "Memory",
    "MessageArrived",
    "Named",
    "Nothing",
    "Nowhere",
    "Observer",
    "Payload",
    "PeerSilent",
    "Receiving",
    "Refusal",
    "RefusedMessage",
    "ReplyMade",
    "Resource",
    "Row",
    "Rows",
    "Rules",
    "Scattered",
    "StateEntered",
    "Step",
    "Stream",
    "Table",
    "Terminated",
    "UnknownMessage",
    "Wire",
    "WrongResultError",
    "ended",
    "handled",
    "refused",
    "rules",
    "steppers",
    "unsupplied",
]
