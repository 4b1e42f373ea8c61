"""The shape of limits, wire, messages and types: every key, what may stand there, its meaning.

The docs are what an editor shows. Knows neither states nor how a node is checked or bound.
"""

from wirechart.reader.names import (
    DATA,
    DATA_TYPE,
    DESCRIPTOR,
    DIALECT,
    FIELD,
    FIELD_TYPE,
    INTEGER_TYPE,
    LIMIT,
    LIMIT_VALUE,
    MAXIMUM,
    MESSAGE,
    REPLY,
    ROLE,
)
from wirechart.shape import (
    Choice,
    Each,
    Formula,
    Integer,
    Items,
    Key,
    Record,
    Shape,
    Text,
    Truth,
    Use,
    Word,
)

DOC = Key("doc", Text(), "One sentence or two for readers; it stands in diagrams, pages and code.")
CODE = Integer()
NONE = Word(words=("none",), what="`none`")


def was(name: Word) -> Key:
    """The key `was` of something with such a name."""
    names = Choice("the former names", name, items=Items("the former names", name))
    return Key("was", names, "What it was called before: a name, or several. It says nothing else.")


def long_type(what: str, type_: Shape, *more: Key) -> Record:
    """`{type: …, doc: …}`."""
    return Record(what, (Key("type", type_, "Its type.", required=True), DOC, *more), tag="type")


def constant(type_: str, size: int) -> Record:
    """`{u32: 0x25609513}`."""
    value = Key(type_, Integer(most=2 ** (8 * size) - 1), "The value it always has.", True)
    return Record("a constant field", (value, DOC, FIELD_WAS), tag=type_)


FIELD_WAS, DATA_WAS = was(FIELD), was(DATA)


CONSTANTS = (constant("u8", 1), constant("u16", 2), constant("u32", 4), constant("u64", 8))
ECHO = Record(
    "an echoed field",
    (
        Key("echo", FIELD, "The request field whose bytes it repeats.", required=True),
        DOC,
        FIELD_WAS,
    ),
    tag="echo",
)
LONG_FIELD = long_type("a field", FIELD_TYPE, FIELD_WAS)
REQUEST_FIELD = Choice("a request field", FIELD_TYPE, (LONG_FIELD, *CONSTANTS))
REPLY_FIELD = Choice("a reply field", FIELD_TYPE, (LONG_FIELD, *CONSTANTS, ECHO))
PLAIN_FIELD = Choice("a field", FIELD_TYPE, (LONG_FIELD,))
COLUMN = Choice("a column", INTEGER_TYPE, (long_type("a column", INTEGER_TYPE, FIELD_WAS),))
HEADER_FIELD = Choice(
    "a frame field's meaning",
    FIELD_TYPE,
    (
        long_type("a field", FIELD_TYPE),
        Each(
            "the parts of a field",
            FIELD,
            Choice("a part", FIELD_TYPE, (long_type("a field", FIELD_TYPE), *CONSTANTS)),
            1,
        ),
    ),
)

LIMITS = Each(
    "the limits",
    LIMIT,
    Choice(
        "a limit",
        LIMIT_VALUE,
        (
            Record(
                "a limit",
                (Key("value", LIMIT_VALUE, "The maximum.", required=True), DOC, was(LIMIT)),
                "value",
            ),
        ),
    ),
)

REPLIES = Each(
    "the replies",
    REPLY,
    Choice(
        "a reply",
        CODE,
        (
            Record(
                "a reply",
                (Key("value", CODE, "Its code.", required=True), DOC, was(REPLY)),
                "value",
            ),
        ),
    ),
    at_least=1,
)

ROLES = Record(
    "the roles",
    (
        Key("client", ROLE, "Who opens the connection and sends requests.", required=True),
        Key("server", ROLE, "Who answers.", required=True),
    ),
)

IN_FLIGHT = Integer(1, 1, "write `1`: a request is answered before the next one, for now")

WIRE = Record(
    "the wire",
    (
        DOC,
        Key(
            "byte_order",
            Word(words=("little", "big"), what="a byte order"),
            "Of every integer.",
            required=True,
        ),
        Key("roles", ROLES, "The names of the two sides.", required=True),
        Key(
            "request",
            Each("the request frame", FIELD, REQUEST_FIELD, 1),
            "The request's header: its fields one behind the other, without padding.",
            required=True,
        ),
        Key(
            "reply",
            Each("the reply frame", FIELD, REPLY_FIELD, 1),
            "The reply's header: its fields one behind the other, without padding.",
            required=True,
        ),
        Key("select", FIELD, "The request field that holds a message's code.", required=True),
        Key("status", FIELD, "The reply field that holds a reply's code.", required=True),
        Key("payload_size", FIELD, "The request field that holds the payload's size in bytes."),
        Key("reply_size", FIELD, "The reply field that holds the size of a reply's payload."),
        Key("replies", REPLIES, "The replies and their codes.", required=True),
        Key("accept", REPLY, "The reply of a handled message.", required=True),
        Key("refuse", REPLY, "The reply of a refusal.", required=True),
        Key(
            "concurrency",
            Record("the concurrency", (Key("in_flight", IN_FLIGHT, "Always 1 for now.", True),)),
            "How many requests may be unanswered at a time.",
        ),
    ),
)

MAX = Key("max", MAXIMUM, "A limit on its size.", required=True)
SIZE = Key("size", FIELD, "The frame field with this payload's size, instead of the wire's.")
CONTENTS = Record(
    "the contents",
    (
        Key("of", FIELD, "The column with a row's length in bytes.", required=True),
        Key("at", FIELD, "The column with a row's address.", required=True),
        Key("to", DATA, "The state data, of type `memory`, they go to.", required=True),
        Key("max", MAXIMUM, "A limit on the sum of all rows.", required=True),
    ),
)
PAYLOAD = Choice(
    "a payload",
    NONE,
    (
        Record(
            "a payload of fields",
            (
                Key(
                    "fields",
                    Each("the payload's fields", FIELD, PLAIN_FIELD, 1),
                    "Fixed fields; the payload has exactly their size.",
                    required=True,
                ),
                Key(
                    "descriptors",
                    Items("the descriptors", DESCRIPTOR),
                    "As many file descriptors come attached to the payload's bytes.",
                ),
                SIZE,
            ),
            tag="fields",
        ),
        Record(
            "a payload of bytes",
            (
                Key(
                    "bytes",
                    Word(words=("stored", "streamed"), what="what happens to the bytes"),
                    "Kept whole, or handed to the handler as they come.",
                    required=True,
                ),
                MAX,
                SIZE,
            ),
            tag="bytes",
        ),
        Record(
            "a JSON payload",
            (
                Key(
                    "json",
                    Word(words=("object", "any"), what="a kind of JSON value"),
                    "A JSON text in UTF-8: an object, or any value.",
                    required=True,
                ),
                Key(
                    "dialect",
                    Choice("the dialects", DIALECT, items=Items("the dialects", DIALECT)),
                    "What its text is written in, by a name; several: any of them.",
                ),
                MAX,
                SIZE,
            ),
            tag="json",
        ),
        Record(
            "a table",
            (
                Key(
                    "table",
                    Each("the table's columns", FIELD, COLUMN, 1),
                    "Rows of these integers, as many as the payload's size holds.",
                    required=True,
                ),
                MAX,
                Key("check", Formula(), "Must hold for every row; names are columns."),
                Key("contents", CONTENTS, "Bytes behind the payload, outside its size."),
                SIZE,
            ),
            tag="table",
        ),
    ),
)
REPLY_PAYLOAD = Record(
    "a reply's payload",
    (
        Key(
            "bytes",
            Formula(),
            "Exactly so many bytes; `any`: any number up to `max`.",
            required=True,
        ),
        MAX,
    ),
)
MESSAGE_WAS = was(MESSAGE)
CODE_KEY = Key("code", CODE, "Its number in the `select` field.", required=True)
MESSAGES = Each(
    "the messages",
    MESSAGE,
    Choice(
        "a message",
        mappings=(
            Record(
                "a reserved message",
                (
                    DOC,
                    CODE_KEY,
                    Key("reserved", Truth(), "Refused in every state.", required=True),
                    MESSAGE_WAS,
                ),
                tag="reserved",
            ),
            Record(
                "a message",
                (
                    DOC,
                    CODE_KEY,
                    Key("from", ROLE, "The role that sends it; the client if not said."),
                    Key(
                        "header",
                        Each("the header", FIELD, HEADER_FIELD),
                        "What frame fields mean in it: a type restates one, parts split one.",
                    ),
                    Key("payload", PAYLOAD, "What follows the header.", required=True),
                    Key("reply", NONE, "`none`: it gets no reply, refused or not."),
                    Key(
                        "reply_payload",
                        REPLY_PAYLOAD,
                        "Bytes that follow the reply of a handled message.",
                    ),
                    MESSAGE_WAS,
                ),
            ),
        ),
    ),
    at_least=1,
)

COUNT = Key("max", MAXIMUM, "A limit on the number of entries.", required=True)
MAP = Key(
    "map",
    Each("the key's type and the value's", DATA_TYPE, Use("type"), 1, 1),
    "`{KEY: VALUE}`: values by key.",
    required=True,
)
LIST = Key("list", Use("type"), "The items' type.", required=True)
TYPE = Choice(
    "a type",
    DATA_TYPE,
    (Record("a map", (MAP, COUNT), "map"), Record("a list", (LIST, COUNT), "list")),
)
TYPED = Choice(
    "a type",
    DATA_TYPE,
    (
        long_type("a type", Use("type"), DATA_WAS),
        Record("a map", (MAP, COUNT, DOC, DATA_WAS), "map"),
        Record("a list", (LIST, COUNT, DOC, DATA_WAS), "list"),
    ),
)
