"""How a spec's names are spelled in Python."""

import re
from pathlib import Path

import pytest

from wirechart.names import GENERATED_CLASSES, handler, package, snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Start", "start"),
        ("MemoryFd", "memory_fd"),
        ("CompletePaused", "complete_paused"),
        ("EPERM", "eperm"),
        ("JSONText", "json_text"),
        ("Utf8Text", "utf8_text"),
        ("memory_fds", "memory_fds"),
    ],
)
def test_a_name_in_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


def test_a_package_has_underscores() -> None:
    assert package("ch-migration") == "ch_migration"


def test_a_handler_is_called_after_its_message() -> None:
    assert handler("MemoryFd", None) == "memory_fd"


def test_a_handler_of_several_is_called_after_its_target_too() -> None:
    assert handler("Config", "StateReceived") == "config_to_state_received"


def test_a_constant_of_a_template_is_no_name_of_a_message() -> None:
    templates = Path(__file__).parent.parent / "generator/wirechart/templates"
    texts = (path.read_text(encoding="utf-8") for path in templates.rglob("tests/*.j2"))
    constants = {
        name for text in texts for name in re.findall(r"^([A-Z]+)\b.* = ", text, re.MULTILINE)
    }

    assert sorted(constants - GENERATED_CLASSES) == []
    assert "LENGTHS" in constants
