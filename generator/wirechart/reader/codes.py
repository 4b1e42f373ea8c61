"""What the findings about a spec's shape mean: what, why, and how to mend it."""

EXPLANATIONS: dict[str, str] = {
    "STR001": """Unknown key.

A mapping of the language has a key that the language does not know there. Nothing is
ignored in a spec: a misspelt key would silently take its meaning away.""",
    "STR002": """Missing key.

A mapping lacks a key that it needs, or none of its keys says which kind it is. What is
required is listed in the reference of the spec language.""",
    "STR003": """Wrong kind of node.

A mapping, a list or text stands where another of them belongs.""",
    "STR004": """Not an integer.

Integers are written in decimal (`12`) or hexadecimal (`0x1f`), without quotes: what is
quoted is text.""",
    "STR005": """Integer out of range.

The number does not fit: codes, counts and constants go from 0 to 2^64-1, a constant of
type u8 to 255, and so on.""",
    "STR006": """Ambiguous spelling.

YAML parsers disagree about texts such as `010`, `+5`, `1e3` or `True`: one reads a number
or a boolean, another text. The language takes `12`, `0x1f`, `true` and `false` only.""",
    "STR007": """Not a size, a duration or a count.

A limit is a size (`16 MiB`, `512 bytes`; units byte, bytes, KiB, MiB, GiB, TiB), a
duration (`60 s`; units ms, s, min, h), or a bare count (`1024`). One space stands before
the unit.""",
    "STR008": """Not a name of its kind.

Messages, states and replies begin with a capital letter, everything else with a
lower-case one; the protocol is in kebab case. So a reader sees what a name stands for.""",
    "STR009": """Name too long.

A name has at most 40 characters: it becomes an identifier, and a word in a diagram.""",
    "STR010": """Not one of the choices.

Only the listed words can stand there.""",
    "STR011": """Literal where a named limit is needed.

Every length, count and wait has a maximum, and every maximum has a name under `limits`:
so all of them are seen, reviewed and changed in one place.""",
    "STR012": """Not a named limit.

A maximum is written `limits.NAME`.""",
    "STR013": """Empty.

Nothing stands where something is required. A key without a value means nothing here.""",
    "STR014": """Not a field's type.

A field is `u8`, `u16`, `u32`, `u64` or `N bytes`, such as `4 bytes`, with at most five
digits; a constant such as `{u32: 0x25609513}`; or in a reply `{echo: FIELD}`.""",
    "STR015": """Too many entries.

A map has one type of key and one of value: `{map: {u32: fd}, max: limits.slots}`.""",
    "STR016": """Key without the one it belongs to.

`else` says what happens where the `if` beside it does not hold.""",
    "STR017": """Not `true`.

Only `true` can be said here; leave the key out for the contrary.""",
    "STR018": """A boolean where a name belongs.

YAML reads `true`, `True`, `FALSE` and the like as booleans. A name that looks like one
must be quoted.""",
    "EXP001": """Not an expression.

The text is not in the guard language: names such as `message.slot`, `state.memory`,
`context.size`, `limits.slots`; numbers; `or and not`; comparisons; `in`; `& + - *`;
`size(…)`. The reference of the spec language has the table.""",
    "EXP002": """Not a property.

A property is `always A`, `never A`, `never A after B`, `eventually A` or `A precedes B`. A and B
say `machine.State`, `machine ended`, or what happens to a message: `Config sent`, `taken`,
`accepted` or `refused`, maybe `on memory`; joined by `and`, `or`, `not` and parentheses.""",
}
