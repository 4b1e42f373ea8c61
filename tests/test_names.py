"""How a spec's names are spelled in Python."""

import pytest

from wirechart.names import handler, package, snake


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
