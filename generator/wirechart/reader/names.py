"""The lexical forms of the language: names, types, limits. Knows no key."""

import re

from wirechart.model import BASIC_TYPES, INTEGER_SIZES, TRANSPORTS
from wirechart.shape import Form, Quantity, Word

LOWER = "[a-z][a-z0-9_]*"
UPPER_RULE = "a capital letter, then letters and digits"
LOWER_RULE = "a lower-case letter, then lower-case letters, digits and `_`"

PROTOCOL = Word(
    form=Form(
        "a protocol's name",
        "[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "ch-migration",
        "lower-case letters and digits, joined by `-`",
    )
)
STATE = Word(form=Form("a state's name", "[A-Z][A-Za-z0-9]*", "Configured", UPPER_RULE))
MESSAGE = Word(form=Form("a message's name", "[A-Z][A-Za-z0-9]*", "MemoryFd", UPPER_RULE))
REPLY = Word(
    form=Form(
        "a reply's name",
        "[A-Z][A-Za-z0-9_]*",
        "Error",
        "a capital letter, then letters, digits, `_`",
    )
)
FIELD = Word(form=Form("a field's name", LOWER, "length", LOWER_RULE))
DATA = Word(form=Form("a name of state data", LOWER, "memory_fds", LOWER_RULE))
CONTEXT = Word(form=Form("a name in the context", LOWER, "size", LOWER_RULE))
LIMIT = Word(form=Form("a limit's name", LOWER, "idle", LOWER_RULE))
TYPE_NAME = Word(form=Form("a type's name", LOWER, "fds", LOWER_RULE))
ROLE = Word(form=Form("a role's name", LOWER, "destination", LOWER_RULE))
CONNECTION = Word(form=Form("a connection's name", LOWER, "main", LOWER_RULE))
MACHINE_NAME = Word(form=Form("a machine's name", LOWER, "source", LOWER_RULE))
SCENARIO = Word(form=Form("a scenario's name", LOWER, "precopy", LOWER_RULE))
CAUSE = Word(form=Form("a cause's name", LOWER, "abandoned", LOWER_RULE))
RESOURCE = Word(form=Form("a resource's name", LOWER, "running_vm", LOWER_RULE))
PROPERTY = Word(form=Form("a property's name", LOWER, "state_before_complete", LOWER_RULE))
DIALECT = Word(form=Form("a dialect's name", LOWER, "json_text", LOWER_RULE))
TRANSPORT = Word(words=tuple(TRANSPORTS), what="a transport")
DESCRIPTOR = Word(form=Form("a descriptor's name", LOWER, "memory", LOWER_RULE))

LIMIT_PREFIX = "limits."
NAMED_LIMIT = Form(
    "a named limit",
    rf"limits\.{LOWER}",
    "limits.idle",
    "`limits.` and a limit's name",
    len(LIMIT_PREFIX) + 40,
)
MAXIMUM = Word(form=NAMED_LIMIT)

DATA_TYPE = Word(
    words=tuple(BASIC_TYPES),
    form=Form(
        "a type",
        "[A-Z][A-Za-z0-9]*|[a-z][a-z0-9_]*",
        "u32",
        "a basic type, a message or a named type",
    ),
)
INTEGER_TYPE = Word(words=tuple(INTEGER_SIZES), what="an integer type")
FIELD_TYPE = Word(
    words=tuple(INTEGER_SIZES),
    form=Form(
        "a field's type",
        "1 byte|[1-9][0-9]{0,4} bytes",
        "4 bytes",
        "`u8`, `u16`, `u32`, `u64` or `N bytes`",
    ),
)

# A limit's number has at most 19 digits: enough for 2^64, and no text of a million digits.
NUMBER = "(0|[1-9][0-9]{0,18})"
SIZE_UNITS = {
    "byte": 1,
    "bytes": 1,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "TiB": 1 << 40,
}
DURATION_UNITS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
SIZE_PATTERN = f"{NUMBER} (byte|bytes|KiB|MiB|GiB|TiB)"
DURATION_PATTERN = f"{NUMBER} (ms|s|min|h)"
LIMIT_VALUE = Quantity()

INTEGER_TEXT = re.compile("0|[1-9][0-9]*|0x[0-9A-Fa-f]+")


def integer(text: str) -> int:
    """The value of text that INTEGER_TEXT matches."""
    return int(text, 16 if text.startswith("0x") else 10)
