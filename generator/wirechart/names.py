"""From a spec's names to Python's: how they are spelled, and which are taken. Knows no spec."""

import keyword
import re
import sys

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|-")

KEYWORDS = frozenset(keyword.kwlist)

# What annotations in the generated modules say. A field of that name would hide it in its class,
FIELD_NAMES = frozenset(
    {"bool", "bytes", "dataclasses", "dict", "enum", "int", "list", "memoryview", "object"}
    | {"property", "runtime", "self", "str", "super", "tuple", "type", "typing"}
    | {"classmethod", "staticmethod"}
)
# and a handler in `Handlers`.
METHOD_NAMES = frozenset({"bytes", "runtime", "tuple", "typing"})

# Classes and functions of the builtins; a class of the same name would hide them.
BUILTINS = frozenset(
    name for name in dir(sys.modules["builtins"]) if name[0].isupper() and name not in KEYWORDS
)

# What the generated modules call their own things, beside the messages and the states.
GENERATED_CLASSES = frozenset(
    {"Code", "Context", "Defaults", "Descriptor", "Handlers", "Message", "Payload", "Program"}
    | {"Receiver", "Receiving", "Refusal", "Reply", "Running", "Step", "Termination"}
    | {"FINALS", "LAYOUTS", "MACHINE", "OWNED", "REPLY", "REQUEST", "TABLE", "WIRE"}
    # and in its tests
    | {"AFTER", "CASES", "CONTENTS", "ENDS", "FORBIDDEN", "LEAVES", "LENGTHS", "MOVES"}
    | {"QUESTIONS", "REFUSALS", "REPLIES", "SESSION", "SPOTS", "TROUBLES"}
)

# Top-level modules that an import of the generated package would hide, or be hidden by.
MODULES = (
    sys.stdlib_module_names
    | {"click", "graphviz", "jinja2", "pytest", "rich", "statemachine"}
    | {"wirechart", "yaml"}
)


def snake(name: str) -> str:
    """`MemoryFd` -> `memory_fd`, `EPERM` -> `eperm`, `ch-migration` -> `ch_migration`."""
    return HUMP.sub("_", name).lower()


def package(protocol: str) -> str:
    """The import name of a protocol's package."""
    return snake(protocol)


def handler(message: str, target: str | None) -> str:
    """The method for a message; `target` names the state where one message has several."""
    return snake(message) if target is None else f"{snake(message)}_to_{snake(target)}"
