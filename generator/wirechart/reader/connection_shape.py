"""The shape of connections and scenarios: every key, what may stand there, its meaning.

The docs are what an editor shows. Knows neither states nor how a node is checked or bound.
"""

from wirechart.reader.names import (
    CONNECTION,
    FIELD,
    LIMIT,
    MAXIMUM,
    MESSAGE,
    ROLE,
    SCENARIO,
    TRANSPORT,
)
from wirechart.reader.wire_shape import CONSTANTS, DOC, NONE, was
from wirechart.shape import Choice, Each, Items, Key, Record

CONSTANT = Choice("a constant field", mappings=CONSTANTS)
CONNECTIONS = Each(
    "the connections",
    CONNECTION,
    Record(
        "a connection",
        (
            DOC,
            Key("from", ROLE, "The role that opens it.", required=True),
            Key("asks", ROLE, "The role that sends requests on it; the opener if not said."),
            Key(
                "preamble",
                Choice(
                    "a preamble",
                    NONE,
                    (Each("the preamble", FIELD, CONSTANT, 1),),
                ),
                "Constants that are sent before anything else, and tell this kind from others; "
                "`none`: it is told by coming after the first. Models only.",
            ),
            Key("over", Items("the transports", TRANSPORT), "What carries it; any if not said."),
            Key(
                "limits",
                Each("the limits", LIMIT, MAXIMUM, 1),
                "Limits that are smaller on it: which one, and the limit that counts there. "
                "Models only.",
            ),
            Key("most", MAXIMUM, "A limit on how many there are at once; one if not said."),
            Key(
                "bare",
                Items("the messages", MESSAGE),
                "Old peers leave the preamble out: a request for one of these stands for it.",
                needs="preamble",
            ),
            was(CONNECTION),
        ),
    ),
    at_least=1,
)

REQUESTS = Choice("some messages", MESSAGE, items=Items("the messages", MESSAGE))
STEPS = Items(
    "the steps",
    Choice(
        "a step",
        MESSAGE,
        (Each("the messages on one connection", CONNECTION, REQUESTS, 1, 1),),
    ),
)
SCENARIOS = Each(
    "the scenarios",
    SCENARIO,
    Choice(
        "a scenario",
        mappings=(
            Record(
                "a scenario",
                (DOC, Key("steps", STEPS, "Its requests, in order.", required=True), was(SCENARIO)),
            ),
        ),
        items=STEPS,
    ),
    at_least=1,
)
