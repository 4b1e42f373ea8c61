"""The shape of `machine` and its states: every key, what may stand there, its meaning.

The docs are what an editor shows. Knows neither wire nor how a node is checked or bound.
"""

from wirechart.reader.names import (
    CAUSE,
    CONNECTION,
    DATA,
    MACHINE_NAME,
    MAXIMUM,
    MESSAGE,
    NAMED_LIMIT,
    REPLY,
    ROLE,
    STATE,
)
from wirechart.reader.wire_shape import DOC, was
from wirechart.shape import Choice, Each, Formula, Items, Key, Literal, Record, Use, Word

REPLY_OR_NONE = Word(words=("none",), form=REPLY.form)
STATE_OR_STAY = Word(words=("stay",), form=STATE.form)
UNREAD = Word(words=("unread",), what="`unread`")
LIMIT_OR_NEVER = Word(words=("never",), form=NAMED_LIMIT)

NAMED_CAUSE = Key("cause", CAUSE, "A name for why the machine ended, instead of the built-in one.")
ELSE = Choice(
    "an else",
    REPLY,
    (
        Record(
            "an else",
            (
                Key("reply", REPLY, "The reply; that of `on_refused` if not said."),
                Key("to", STATE_OR_STAY, "Where it goes; where `on_refused` goes if not said."),
                NAMED_CAUSE,
            ),
            at_least=1,
        ),
    ),
)
CHECK = Record(
    "a check",
    (
        Key("check", Formula(), "What must hold.", required=True),
        Key("else", ELSE, "What happens where it does not."),
    ),
    tag="check",
)
CONDITIONS = Choice(
    "a condition",
    Formula(),
    items=Items("the conditions", Choice("a condition", Formula(), (CHECK,))),
)
PUT = Each(
    "the entries",
    DATA,
    Each("the entries", Formula(), Formula(), 1),
    at_least=1,
)
ALTERNATIVE = Record(
    "a reaction",
    (
        DOC,
        Key("to", STATE_OR_STAY, "The next state, or `stay`.", required=True),
        Key("if", CONDITIONS, "What must hold: one expression, or several that all must."),
        Key("else", ELSE, "What happens where a condition does not hold.", needs="if"),
        Key("reply", REPLY_OR_NONE, "Another reply than the wire's `accept`; `none`: no reply."),
        Key("set", Each("the values", DATA, Literal(), 1), "Data with exactly this value."),
        Key("put", PUT, "One more entry in a map: `{memory_fds: {message.slot: message.memory}}`."),
        NAMED_CAUSE,
    ),
    tag="to",
)
REACTION = Choice(
    "a reaction", STATE_OR_STAY, (ALTERNATIVE,), Items("the alternatives", Use("alternative"))
)
FALLBACK = Record(
    "a refusal",
    (
        DOC,
        Key("payload", UNREAD, "`unread`: the payload is taken for the next request. Models only."),
        Key("reply", REPLY_OR_NONE, "Another reply than the wire's `refuse`; `none`: no reply."),
        Key("to", STATE_OR_STAY, "The next state, or `stay`.", required=True),
        NAMED_CAUSE,
    ),
)
END = Key("to", STATE, "The state it ends in.", required=True)
ENDING = Record("an ending", (DOC, END, NAMED_CAUSE))
END_OF_STREAM = Record(
    "an ending",
    (
        DOC,
        END,
        Key("inside_message", STATE, "The same inside a message, where it differs."),
        NAMED_CAUSE,
    ),
)
IDLE = Record(
    "a deadline",
    (
        DOC,
        Key("after", LIMIT_OR_NEVER, "How long no byte may come from the peer.", required=True),
        Key("between_messages", LIMIT_OR_NEVER, "The same between messages, where it differs."),
        END,
        NAMED_CAUSE,
    ),
)
LINGER = Record(
    "a lingering",
    (
        Key("for", MAXIMUM, "How long.", required=True),
        Key(
            "answer",
            Each("the answers", MESSAGE, REPLY, 1, refers=True),
            "Late messages it still answers.",
        ),
        Key("unless", Items("the causes", CAUSE), "Causes after which it does not linger."),
    ),
)
STATE_SHAPE = Record(
    "a state",
    (
        DOC,
        Key(
            "data", Each("the data", DATA, Use("data")), "What it holds; states inside hold it too."
        ),
        Key("initial", STATE, "The state inside that is entered first."),
        Key(
            "on",
            Each("the reactions", MESSAGE, REACTION, refers=True),
            "What it does with each message.",
        ),
        Key("otherwise", Use("refusal"), "What is refused, malformed, or failed in its handler."),
        Key("on_refused", Use("refusal"), "Wrong state, unknown code, or a false condition."),
        Key("on_malformed", Use("refusal"), "A wrong payload, or wrong descriptors."),
        Key("on_handler_error", Use("refusal"), "A handler that raised."),
        Key("on_eof", END_OF_STREAM, "The stream ended."),
        Key(
            "on_lost",
            Use("ending"),
            "Framing is lost: a wrong constant, or a payload too long to skip.",
        ),
        Key("on_idle", IDLE, "No byte from the peer for so long; our own work never counts."),
        Key(
            "on_unanswered",
            Use("ending"),
            "Of who asks: what became of a request that left as a whole will never be known.",
        ),
        Key("states", Each("the states inside", STATE, Use("state"), 1), "The states inside it."),
        Key(
            "final",
            Word(words=("success", "failure"), what="an outcome"),
            "The machine ends here, well or not; at the root only.",
        ),
        Key("linger", LINGER, "For how long a failure still answers some late messages."),
        was(STATE),
    ),
)
MACHINE = Record(
    "the machine",
    (
        DOC,
        Key("role", ROLE, "Whose machine it is: one of the wire's roles.", required=True),
        Key("connection", CONNECTION, "The kind of connection it runs on; if not said, the first."),
        Key("initial", STATE, "Where it begins.", required=True),
        Key("states", Each("the states", STATE, Use("state"), 1), "Its states.", required=True),
    ),
)
OTHER_MACHINE = Record("a machine", (*MACHINE.keys, was(MACHINE_NAME)))
