"""Findings that tests of reports tell, and the text they were found in."""

from wirechart.diagnostics import Finding, Severity, Span

LINK = "machine:\n  on:\n    Hello: Redy\n    Bye: Done\n"
UNKNOWN = Finding(
    "REF001",
    Severity.ERROR,
    Span(3, 12, 3, 16),
    "`Redy` is not a state",
    "did you mean `Ready`?",
)
TWICE = Finding(
    "DET001",
    Severity.WARNING,
    Span(4, 5, 4, 8),
    "`Bye` is never taken",
    "remove it",
    ("Open -Hello→ Ready",),
    ((Span(3, 5, 3, 10), "this takes every message"),),
)
