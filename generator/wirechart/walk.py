"""How one step of a machine is shown on a line. Knows no spec."""

MESSAGE, STATES = 16, 44  # characters of the columns


def walk_line(message: str, source: str, target: str, reply: str | None) -> str:
    """`Start   Established → Started   Ok`, in columns; reply None: there is none."""
    way = f"{source} → {target}"
    return f"{message:<{MESSAGE}} {way:<{STATES}} {reply or 'no reply'}"
