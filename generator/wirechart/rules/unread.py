"""What rules cannot say where a part of the spec could not be read. Judges no spec."""

from collections.abc import Collection

SESSIONS = ("connections", "messages", "machine", "machines")
DATA = ("types", *SESSIONS)
EVERYTHING = ("limits", "wire", "layout", "context", "scenarios", *DATA)
CHECKED = (*EVERYTHING, "conditions")

# The top-level keys whose contents a rule must know whole, by code or by family. Of some a part has
# a name: `layout` are the types of fields, `states` names of states, `conditions` what guards say.
NEEDS = {
    "REF001": ("states",),
    "REF002": SESSIONS,
    "REF003": ("wire",),
    "REF004": ("limits",),
    "REF005": ("wire",),
    "REF006": ("wire",),
    "REF007": ("messages", "types"),
    "REF009": ("messages",),
    "RCH": SESSIONS,
    "DET": ("limits", "wire", "context", *DATA),
    "DAT": DATA,
    "END": ("wire", *SESSIONS),
    "NAM": (),
    "SEC004": CHECKED,
    "SEC007": CHECKED,
    "WIR024": CHECKED,
    "WIR026": CHECKED,
}
# What is unread may be the one place that uses it, or the one way on.
ABSENT = ("REF011", "REF020", "REF021", "REF022", "CON007", "CON008")


def answers(code: str, broken: Collection[str]) -> bool:
    """Whether a rule can be asked although something is unread, with whole parts of `broken`."""
    needed = NEEDS.get(code, NEEDS.get(code[:3], EVERYTHING))
    return code not in ABSENT and not any(section in broken for section in needed)
