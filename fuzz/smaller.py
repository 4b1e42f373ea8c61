"""The same code with smaller constants: a kilobyte goes the way on which else only megabytes go."""

from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from ch_migration.runtime import parts, payloads, requests, text

_SMALLER: Final[tuple[tuple[ModuleType, str, int], ...]] = (
    (parts, "SPILL", 256),
    (requests, "SPILL", 256),
    (parts, "CHUNK", 64),
    (payloads, "CHUNK", 64),
    (parts, "SKIPPED", 512),
    (text, "SMALL", 192),
)


@contextmanager
def smaller() -> Generator[None, None, None]:
    """Whatever is done inside meets the smaller ones."""
    usual = [getattr(module, name) for module, name, _ in _SMALLER]
    try:
        for module, name, value in _SMALLER:
            setattr(module, name, value)
        yield
    finally:
        for (module, name, _), value in zip(_SMALLER, usual, strict=True):
            setattr(module, name, value)
