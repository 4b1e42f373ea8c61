"""What the generated tests of an asker say, and how it is carried out. Knows no protocol."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .asker import Asker
from .descriptors import Descriptor

S = TypeVar("S")


def opened() -> Descriptor:
    """A descriptor that can be sent; nobody reads what it leads to."""
    return Descriptor(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[S]):
    """A request that may be asked: its bytes, and where the reply that accepts it leads."""

    state: S
    message: object
    data: bytes  # header and payload
    after: object
    reply: bytes = b""  # empty: there is none
    payload: bytes = b""  # behind the reply
    descriptors: int = 0
    contents: int = 0  # bytes that follow the payload

    def __str__(self) -> str:
        return f"{type(self.state).__name__}: {type(self.message).__name__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Generic[S]):
    """A request that is not accepted: what comes instead, and how the machine ends."""

    state: S
    message: object
    what: str
    after: object
    reply: bytes = b""
    ends: bool = False  # the stream does, behind the reply
    seconds: float = 0.0  # of silence behind the reply; 0: none

    def __str__(self) -> str:
        return f"{type(self.state).__name__}, {type(self.message).__name__}: {self.what}"


def ask(asker: Asker[Any, Any], question: Question[Any], sizes: Sequence[int]) -> tuple[Any, ...]:
    """Ask, send all of it, and feed the reply in pieces of these sizes, again and again."""
    asked = asker.ask(question.message)
    asker.sent(len(asked.data) + asked.contents)
    whole = question.reply + question.payload
    at = number = 0
    while at < len(whole):
        size = sizes[number % len(sizes)]
        asker.feed(whole[at : at + size])
        at, number = at + size, number + 1
    after = asker.state if asker.termination is None else asker.termination
    return asked.data, len(asked.descriptors), asked.contents, bytes(asker.payload), after


def answer(question: Question[Any]) -> tuple[Any, ...]:
    """What `ask` has to give."""
    what = (question.data, question.descriptors, question.contents, question.payload)
    return *what, question.after


def suffer(asker: Asker[Any, Any], trouble: Trouble[Any]) -> object:
    """Ask, and let the trouble come: how the machine has ended."""
    asked = asker.ask(trouble.message)
    asker.sent(len(asked.data) + asked.contents)
    asker.feed(trouble.reply)
    if trouble.ends:
        asker.eof()
    if trouble.seconds:
        asker.tick(asker.now + trouble.seconds)
    return asker.termination
