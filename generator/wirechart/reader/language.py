"""The language, declared once: the shape of a whole spec.

The reader's checks and the JSON Schema both come from `SPEC`, so they cannot drift apart.
"""

from wirechart.reader.connection_shape import CONNECTIONS, SCENARIOS
from wirechart.reader.machine_shape import (
    ALTERNATIVE,
    ENDING,
    FALLBACK,
    MACHINE,
    OTHER_MACHINE,
    STATE_SHAPE,
)
from wirechart.reader.names import CONTEXT, MACHINE_NAME, PROTOCOL, TYPE_NAME
from wirechart.reader.session_shape import PROPERTIES, RESOURCES
from wirechart.reader.wire_shape import DOC, LIMITS, MESSAGES, TYPE, TYPED, WIRE, was
from wirechart.shape import Each, Integer, Key, Record, Shape, Truth, Use

VERSION = Integer(1, 1, "write `1`: the only version of the language there is")

SPEC = Record(
    "a spec",
    (
        Key("wirechart", VERSION, "The version of the spec language: 1.", required=True),
        Key("protocol", PROTOCOL, "The protocol's name, such as `ch-migration`.", required=True),
        DOC,
        Key("model", Truth(), "It describes a peer; no package is made of it."),
        Key("limits", LIMITS, "Every maximum by name: sizes, counts and durations."),
        Key("wire", WIRE, "The frames, and the fields that steer them.", required=True),
        Key(
            "context",
            Each("the context", CONTEXT, Use("data")),
            "What was negotiated before the machine begins.",
        ),
        Key("messages", MESSAGES, "The messages, by name.", required=True),
        Key("types", Each("the types", TYPE_NAME, Use("data")), "Names for types."),
        Key("connections", CONNECTIONS, "The kinds of connection, where there are several."),
        Key("machine", Use("machine"), "The states of one role.", required=True),
        Key(
            "machines",
            Each("the machines", MACHINE_NAME, Use("other_machine"), 1),
            "The machines of the other role and of the other connections.",
        ),
        Key("resources", RESOURCES, "What exactly one machine owns at any time."),
        Key("properties", PROPERTIES, "What every session does or does not; `wirechart verify`."),
        Key("scenarios", SCENARIOS, "Sessions that end, by the requests in them."),
        was(PROTOCOL),
    ),
)
USES: dict[str, Shape] = {
    "alternative": ALTERNATIVE,
    "data": TYPED,
    "ending": ENDING,
    "machine": MACHINE,
    "other_machine": OTHER_MACHINE,
    "refusal": FALLBACK,
    "state": STATE_SHAPE,
    "type": TYPE,
}
