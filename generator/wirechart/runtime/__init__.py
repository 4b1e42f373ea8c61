"""What every generated package stands on: written by hand, standard library only, no protocol.

The package is copied verbatim into each generated one; its imports are relative for that.
"""

from .asker import Asker
from .asking import Asked, AskingMachine, AskingWire, Outcome, Request
from .causes import (
    Cause,
    EndOfStream,
    FramingLost,
    HandlerFailed,
    MalformedError,
    MalformedMessage,
    MalformedReply,
    Named,
    NotAllowedError,
    PeerRefused,
    PeerSilent,
    Refusal,
    RefusedMessage,
    SendingFailed,
    UnknownMessage,
    WrongResultError,
)
from .core import Core
from .descriptors import Descriptor
from .events import (
    Event,
    MessageArrived,
    Observer,
    ReplyArrived,
    ReplyMade,
    RequestMade,
    StateEntered,
    Terminated,
)
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
from .memory import Image, Make, Mapped, Memory, Nothing, Nowhere, Resource, unsupplied
from .payloads import Json, Table
from .stepping import steppers
from .steps import Step
from .streams import Payload, Receiving
from .targets import FileRange, Target

__all__ = [
    "Asked",
    "Asker",
    "AskingMachine",
    "AskingWire",
    "Cause",
    "Core",
    "Descriptor",
    "EndOfStream",
    "Event",
    "Fault",
    "Faults",
    "Fields",
    "FileRange",
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
    "MalformedReply",
    "Mapped",
    "Memory",
    "MessageArrived",
    "Named",
    "NotAllowedError",
    "Nothing",
    "Nowhere",
    "Observer",
    "Outcome",
    "Payload",
    "PeerRefused",
    "PeerSilent",
    "Receiving",
    "Refusal",
    "RefusedMessage",
    "ReplyArrived",
    "ReplyMade",
    "Request",
    "RequestMade",
    "Resource",
    "Row",
    "Rows",
    "Rules",
    "Scattered",
    "SendingFailed",
    "StateEntered",
    "Step",
    "Stream",
    "Table",
    "Target",
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
