"""The Spec: what a YAML file says, as frozen values. Knows no YAML, no graph, no output.

Names are as written in the spec, nothing is resolved: a `Ref` may name something that does not
exist. Every part carries the span where it was written; the place is not part of its meaning.
"""

from typing import TYPE_CHECKING, Literal

from wirechart.record import field, record

if TYPE_CHECKING:
    from wirechart.diagnostics import Span
    from wirechart.expressions import Expression
    from wirechart.statements import Statement

ByteOrder = Literal["little", "big"]
LimitKind = Literal["size", "count", "duration"]
FinalKind = Literal["success", "failure"]

INTEGER_SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}  # type name -> bytes


@record
class Ref:
    """A name that stands for something defined elsewhere in the spec."""

    name: str
    span: "Span" = field(compare=False, repr=False)


def former() -> tuple[Ref, ...]:
    """A field for the names that something had before; no part of its meaning."""
    made: tuple[Ref, ...] = field(default=(), compare=False, repr=False)
    return made


@record
class Limit:
    """A named maximum. `value` is in bytes (size), entries (count) or milliseconds (duration)."""

    name: str
    kind: LimitKind
    value: int
    text: str  # as written, for diagrams and pages: `16 MiB`
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Field:
    """An integer or some bytes at a fixed place: of a frame, a header, a payload, a row."""

    name: str
    type: str | None  # a key of INTEGER_SIZES; None: opaque bytes
    size: int  # bytes; 0 for an echoed field, which is as wide as the field it repeats
    doc: str
    span: "Span" = field(compare=False, repr=False)
    constant: int | None = None  # the value it always has; None: free
    echo: Ref | None = None  # the request field whose bytes it repeats; None: none
    was: tuple[Ref, ...] = former()


@record
class Code:
    """A reply's name and its number on the wire."""

    name: str
    value: int
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Wire:
    """Frames, the fields that steer them, and the replies."""

    byte_order: ByteOrder
    client: Ref  # the role that opens the connection and sends requests
    server: Ref
    request: tuple[Field, ...]
    reply: tuple[Field, ...]
    select: Ref  # request field with the message's code
    status: Ref  # reply field with the reply's code
    payload_size: Ref | None  # request field with the payload's size; None: per message, or none
    reply_size: Ref | None  # reply field with the reply payload's size; None: there is none
    replies: tuple[Code, ...]
    accept: Ref  # the reply of a handled message
    refuse: Ref  # the reply of a refusal
    doc: str
    span: "Span" = field(compare=False, repr=False)


@record
class HeaderField:
    """What one frame field means in one message: itself, or parts that split opaque bytes."""

    frame_field: Ref
    parts: tuple[Field, ...]  # one part of the frame field's own name, or the split
    span: "Span" = field(compare=False, repr=False)


@record
class Fields:
    """A payload of fixed fields, with the descriptors that travel with its bytes."""

    fields: tuple[Field, ...]
    descriptors: tuple[Ref, ...]  # names; exactly that many descriptors come with the payload
    span: "Span" = field(compare=False, repr=False)


@record
class Bytes:
    """An opaque payload: kept whole, or streamed to the handler."""

    streamed: bool
    max: Ref  # a size limit
    span: "Span" = field(compare=False, repr=False)


@record
class Json:
    """A JSON text, kept as its bytes."""

    shape: Literal["object", "any"]
    max: Ref  # a size limit
    span: "Span" = field(compare=False, repr=False)
    dialects: tuple[Ref, ...] = ()  # what its text may be written in; empty: not said


@record
class Contents:
    """Bytes that follow a table, outside the payload's size: those of its rows, concatenated."""

    of: Ref  # the column with a row's length
    at: Ref  # the column with a row's address
    to: Ref  # the state data (of type `memory`) they belong in
    max: Ref  # a size limit on their sum
    span: "Span" = field(compare=False, repr=False)


@record
class Table:
    """A payload of rows of integers, as many as its size holds."""

    columns: tuple[Field, ...]
    max: Ref  # a size limit on the table
    check: "Expression | None"  # true for every row; names are columns; None: any row is fine
    contents: Contents | None
    span: "Span" = field(compare=False, repr=False)


Payload = Fields | Bytes | Json | Table


@record
class ReplyPayload:
    """Bytes that follow the reply of a handled message."""

    size: "Expression | None"  # exactly so many bytes; None: any number up to `max`
    max: Ref  # a size limit
    span: "Span" = field(compare=False, repr=False)


@record
class Message:
    """A message and its code. A reserved one is refused in every state."""

    name: str
    code: int
    reserved: bool
    sender: Ref | None  # a role; None: the client
    header: tuple[HeaderField, ...]
    payload: Payload | None  # None: no payload
    payload_size: Ref | None  # overrides the wire's; None: the wire's
    replied: bool  # False: a message without a reply
    reply_payload: ReplyPayload | None
    doc: str
    span: "Span" = field(compare=False, repr=False)
    code_span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Map:
    """Values by key, at most `max` of them."""

    key: "DataType"
    value: "DataType"
    max: Ref  # a count limit
    span: "Span" = field(compare=False, repr=False)


@record
class List:
    """Values in order, at most `max` of them."""

    item: "DataType"
    max: Ref  # a count limit
    span: "Span" = field(compare=False, repr=False)


BASIC_TYPES = {
    "u8": "an integer, 0 … 2^8-1",
    "u16": "an integer, 0 … 2^16-1",
    "u32": "an integer, 0 … 2^32-1",
    "u64": "an integer, 0 … 2^64-1",
    "bool": "true or false",
    "bytes": "bytes",
    "text": "text",
    "fd": "an owned file descriptor, closed unless someone takes it",
    "memory": "where contents go, by address; owned and closed",
    "resource": "something the handler owns; closed on every exit",
    "cause": "why the machine ended",
}

DataType = Ref | Map | List  # a Ref names a basic type, a message, or a named type


@record
class NamedType:
    """An entry of `types`."""

    name: str
    type: DataType
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class DataField:
    """Something a state holds, or (in `context`) what was negotiated before the machine began."""

    name: str
    type: DataType
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Else:
    """What happens when a check fails."""

    reply: Ref | None  # None: the reply of on_refused
    target: Ref | None  # None: where on_refused goes, unless `stay`
    stay: bool
    cause: Ref | None
    span: "Span" = field(compare=False, repr=False)


@record
class Check:
    """A condition of a transition."""

    condition: "Expression"
    otherwise: Else | None  # None: the next alternative, at last on_refused
    span: "Span" = field(compare=False, repr=False)


@record
class Set:
    """A literal value for the target's data: the handler must return exactly it."""

    name: Ref
    value: bool | int | str
    span: "Span" = field(compare=False, repr=False)


@record
class Put:
    """One entry added to a map of the target's data."""

    name: Ref
    key: "Expression"
    value: "Expression"
    span: "Span" = field(compare=False, repr=False)


@record
class Alternative:
    """One way a message can go in a state."""

    target: Ref | None  # None: stay
    checks: tuple[Check, ...]
    replied: bool  # False: `reply: none`
    reply: Ref | None  # None: the wire's `accept` (or no reply, where not replied)
    set: tuple[Set, ...]
    put: tuple[Put, ...]
    cause: Ref | None  # the name of an ending's cause
    doc: str
    span: "Span" = field(compare=False, repr=False)


@record
class Reaction:
    """What a state does with a message: its alternatives, in order."""

    message: Ref
    alternatives: tuple[Alternative, ...]
    span: "Span" = field(compare=False, repr=False)


@record
class Fallback:
    """What happens to a message that is refused, malformed or whose handler failed."""

    replied: bool  # False: `reply: none`
    reply: Ref | None  # None: the wire's `refuse` (or no reply, where not replied)
    target: Ref | None  # None: stay
    cause: Ref | None
    doc: str
    span: "Span" = field(compare=False, repr=False)
    drained: bool = True  # False: the payload stays in the stream, where a header is looked for


@record
class Ending:
    """Where the machine goes when the stream ends, or is lost."""

    target: Ref
    inside: Ref | None  # of the end of the stream inside a message; None: the same
    cause: Ref | None
    doc: str
    span: "Span" = field(compare=False, repr=False)


@record
class Idle:
    """Where the machine goes when the peer sends no byte for so long."""

    after: Ref | None  # a duration limit, inside a message and between messages; None: never
    between_messages: Ref | None  # a duration limit; None: never
    target: Ref
    cause: Ref | None
    doc: str
    span: "Span" = field(compare=False, repr=False)


@record
class Linger:
    """For how long a failure goes on answering some late messages."""

    duration: Ref  # a duration limit
    answer: tuple[tuple[Ref, Ref], ...]  # message -> reply
    unless: tuple[Ref, ...]  # causes after which it does not linger
    span: "Span" = field(compare=False, repr=False)


@record
class State:
    """A state: composite (with states inside), a leaf, or final."""

    name: str
    doc: str
    data: tuple[DataField, ...]
    initial: Ref | None  # of a composite; None: its only or first state must be named by a rule
    reactions: tuple[Reaction, ...]
    otherwise: Fallback | None
    on_refused: Fallback | None
    on_malformed: Fallback | None
    on_handler_error: Fallback | None
    on_eof: Ending | None
    on_lost: Ending | None
    on_idle: Idle | None
    on_unanswered: Ending | None  # of a machine that asks; None: as if it had not been sent
    states: tuple["State", ...]
    final: FinalKind | None
    linger: Linger | None
    span: "Span" = field(compare=False, repr=False)  # of the name
    was: tuple[Ref, ...] = former()


@record
class Machine:
    """The chart of one role on one kind of connection."""

    name: str  # empty: the protocol's own one, `machine`
    role: Ref
    connection: Ref | None  # None: the first connection, which the wire's client opens
    initial: Ref
    states: tuple[State, ...]
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


TRANSPORTS = {
    "unix": "a unix socket, which can pass descriptors",
    "tcp": "a TCP connection",
    "tls": "TLS over TCP",
}


@record
class Tighter:
    """A limit that is smaller on one kind of connection."""

    limit: Ref
    value: Ref  # the limit that counts there


@record
class Connection:
    """One kind of connection of a session. The first has no preamble, and is not `later`."""

    name: str
    opener: Ref  # the role that connects
    asker: Ref | None  # the role that sends requests on it; None: the opener
    preamble: tuple[Field, ...]  # constants that are sent before anything else
    most: Ref | None  # a count limit on how many there are at once; None: one
    bare: tuple[Ref, ...]  # messages that may come first without the preamble
    doc: str
    span: "Span" = field(compare=False, repr=False)
    later: bool = False  # True: it has none either, and is told by coming after the first
    over: tuple[Ref, ...] = ()  # keys of TRANSPORTS that carry it; empty: any
    limits: tuple[Tighter, ...] = ()
    was: tuple[Ref, ...] = former()


@record
class Step:
    """A request of a scenario."""

    message: Ref
    connection: Ref | None  # None: the first connection


@record
class Scenario:
    """A session that ends, by its requests, all of them accepted."""

    name: str
    steps: tuple[Step, ...]
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Owner:
    """The states of one machine."""

    machine: Ref  # its name, or the role of the protocol's own one
    states: tuple[Ref, ...]


@record
class Resource:
    """What exactly one machine owns at any time."""

    name: str
    owners: tuple[Owner, ...]
    in_doubt: tuple[Owner, ...]  # states in which nobody can know who owns it
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Property:
    """What every session does, or does not."""

    name: str
    holds: "Statement"
    doc: str
    span: "Span" = field(compare=False, repr=False)
    was: tuple[Ref, ...] = former()


@record
class Spec:
    """One protocol, seen from one of its machines."""

    protocol: str  # kebab-case; the package is the same with underscores
    doc: str
    limits: tuple[Limit, ...]
    wire: Wire
    context: tuple[DataField, ...]
    messages: tuple[Message, ...]
    types: tuple[NamedType, ...]
    connections: tuple[Connection, ...]  # empty: there is only the first one
    machine: Machine
    machines: tuple[Machine, ...]  # the others
    resources: tuple[Resource, ...]
    properties: tuple[Property, ...]
    scenarios: tuple[Scenario, ...]
    span: "Span" = field(compare=False, repr=False)  # of the protocol's name
    model: bool = False  # True: it describes a peer, and no package is made of it
    was: tuple[Ref, ...] = former()
    # Where something stands in for what could not be read, the top-level keys under which whole
    # parts are missing, and the spec with other guesses.
    unread: "frozenset[Span]" = field(default=frozenset(), compare=False, repr=False)
    broken: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    others: "tuple[Spec, ...]" = field(default=(), compare=False, repr=False)
