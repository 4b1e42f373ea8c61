"""The shape of resources and properties: every key, what may stand there, its meaning.

The docs are what an editor shows. Knows neither states nor how a node is checked or bound.
"""

from wirechart.reader.names import MACHINE_NAME, PROPERTY, RESOURCE, STATE
from wirechart.reader.wire_shape import DOC, was
from wirechart.shape import Choice, Each, Items, Key, Record, Sentence

OWNERS = Each(
    "the owners",
    MACHINE_NAME,
    Choice("some states", STATE, items=Items("the states", STATE)),
    at_least=1,
)
RESOURCES = Each(
    "the resources",
    RESOURCE,
    Record(
        "a resource",
        (
            DOC,
            Key("owners", OWNERS, "The states in which each machine owns it.", required=True),
            Key("in_doubt", OWNERS, "The states in which nobody can know who owns it."),
            was(RESOURCE),
        ),
        tag="owners",
    ),
    at_least=1,
)
PROPERTIES = Each(
    "the properties",
    PROPERTY,
    Choice(
        "a property",
        Sentence(),
        (
            Record(
                "a property",
                (DOC, Key("holds", Sentence(), "What holds.", required=True), was(PROPERTY)),
                tag="holds",
            ),
        ),
    ),
    at_least=1,
)
