"""The spec of a new project, and the same with two mistakes."""

from pathlib import Path

PLACE = Path(__file__).parent.parent / "generator/wirechart/templates/init/spec.yaml"
GUESTBOOK = PLACE.read_text(encoding="utf-8")
WRONG = GUESTBOOK.replace("to: Opened,", "to: Opend,").replace("byte_order: big", "byte_order: bog")
