"""Why a session ended, and whose mistake it was. Knows no bytes, no sockets and no protocol.

A cause compares by what went wrong; what only helps to understand it (`expected`, `events`,
`element`) does not take part.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

Blame: TypeAlias = Literal["peer", "local"]


class Refusal(Exception):  # noqa: N818 -- a handler's answer, not an error of the program
    """Raised by a handler to refuse its message with one of the spec's replies, and a text."""

    def __init__(self, reply: int, text: str) -> None:
        super().__init__(text)
        self.reply = reply
        self.text = text


class WrongResultError(TypeError):
    """A handler returned or yielded something else than its type promises."""


class MalformedError(Exception):
    """A payload is not what its message says; `args[0]` is the reason."""


class NotAllowedError(ValueError):
    """A message that may not be asked now, or in this way: nothing was sent, nothing changed."""

    def __init__(self, state: str, message: str, reason: str) -> None:
        super().__init__(f"{message} cannot be asked in {state}: {reason}")
        self.state = state
        self.message = message
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    name: ClassVar[str]
    blame: ClassVar[Blame]

    state: str
    message: str = ""  # empty: no message had begun
    expected: str = field(default="", compare=False)  # as a phrase: `Config or MemoryFd`
    events: tuple[str, ...] = field(default=(), compare=False)  # the last ones, oldest first
    element: str = field(default="", compare=False)  # what decided it: a path in the spec

    def summary(self) -> str:
        """What happened, in one line."""
        raise NotImplementedError

    def lines(self) -> Iterator[str]:
        """The whole report: what happened, what was expected, the way there."""
        yield self.summary()
        whose = "the peer" if self.blame == "peer" else "this program"
        yield f"  blame: {whose} ({self.name})"
        if self.expected:
            yield f"  expected: {self.expected}"
        if self.element:
            yield f"  decided by: {self.element}"
        if self.events:
            yield "  last events:"
        for event in self.events:
            yield f"    {event}"

    def __str__(self) -> str:
        return "\n".join(self.lines())


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMessage(_Cause):
    """A known message that the state does not take, or whose guard does not hold."""

    name: ClassVar[str] = "refused"
    blame: ClassVar[Blame] = "peer"

    guard: str = ""  # the guard that did not hold; empty: the state has no such message

    def summary(self) -> str:
        """What happened, in one line."""
        why = f": {self.guard} does not hold" if self.guard else ""
        return f"{self.message} is refused in {self.state}{why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage(_Cause):
    """A message code that the protocol does not have, or that is reserved."""

    name: ClassVar[str] = "refused"
    blame: ClassVar[Blame] = "peer"

    code: int

    def summary(self) -> str:
        """What happened, in one line."""
        return f"there is no message with code {self.code}; it came in {self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedMessage(_Cause):
    """A message whose length, payload or descriptors are not as they have to be."""

    name: ClassVar[str] = "malformed"
    blame: ClassVar[Blame] = "peer"

    reason: str

    def summary(self) -> str:
        """What happened, in one line."""
        return f"{self.message or 'a message'} is malformed in {self.state}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerFailed(_Cause):
    """The handler raised, or did not do what its type promises; or a local resource failed."""

    name: ClassVar[str] = "handler_error"
    blame: ClassVar[Blame] = "local"

    error: BaseException

    def summary(self) -> str:
        """What happened, in one line."""
        if isinstance(self.error, Refusal):
            return f"{self.message} was refused by its handler in {self.state}: {self.error.text}"
        what = described(first_error(self.error))
        return f"the handler of {self.message} failed in {self.state}: {what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRefused(_Cause):
    """The peer answered a request of ours, but not with what accepts it."""

    name: ClassVar[str] = "refused"
    blame: ClassVar[Blame] = "peer"

    reply: str
    reason: str = ""  # what it said of it; empty: nothing, as most peers

    def summary(self) -> str:
        """What happened, in one line."""
        why = f": {self.reason}" if self.reason else ""
        return f"the peer answered {self.message} with {self.reply} in {self.state}{why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedReply(_Cause):
    """A reply to a request of ours that cannot be one."""

    name: ClassVar[str] = "malformed"
    blame: ClassVar[Blame] = "peer"

    reason: str

    def summary(self) -> str:
        """What happened, in one line."""
        return f"the reply to {self.message} is malformed in {self.state}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingFailed(_Cause):
    """This program could not supply what it had begun to send."""

    name: ClassVar[str] = "handler_error"
    blame: ClassVar[Blame] = "local"

    error: BaseException

    def summary(self) -> str:
        """What happened, in one line."""
        what = described(first_error(self.error))
        return f"{self.message} could not be sent to its end in {self.state}: {what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfStream(_Cause):
    """The peer closed before the machine had ended."""

    name: ClassVar[str] = "eof"
    blame: ClassVar[Blame] = "peer"

    where: str

    def summary(self) -> str:
        """What happened, in one line."""
        return f"the stream ended in {self.state}, {self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSilent(_Cause):
    """No byte came for too long."""

    name: ClassVar[str] = "idle"
    blame: ClassVar[Blame] = "peer"

    seconds: float
    where: str = field(default="", compare=False)

    def summary(self) -> str:
        """What happened, in one line."""
        return f"the peer was silent for {self.seconds:g} s in {self.state}, {self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingLost(_Cause):
    """Where the next message begins is not known any more."""

    name: ClassVar[str] = "lost"
    blame: ClassVar[Blame] = "peer"

    reason: str

    def summary(self) -> str:
        """What happened, in one line."""
        return f"the framing is lost in {self.state}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(_Cause):
    """A cause that the spec names itself."""

    blame: ClassVar[Blame] = "peer"

    name: str  # type: ignore[misc]  # the built-in causes have it by class, this one by value
    because: "Cause | None" = None  # the built-in cause behind it; None: a message asked for it

    def summary(self) -> str:
        """What happened, in one line."""
        why = f": {self.because.summary()}" if self.because else f" by {self.message}"
        return f"{self.name} in {self.state}{why}"


Cause: TypeAlias = (
    RefusedMessage
    | UnknownMessage
    | MalformedMessage
    | HandlerFailed
    | PeerRefused
    | MalformedReply
    | SendingFailed
    | EndOfStream
    | PeerSilent
    | FramingLost
    | Named
)


def first_error(error: BaseException) -> BaseException:
    """The error that began it: the end of the chain of `__cause__` and `__context__`."""
    seen = {id(error)}
    while (before := error.__cause__ or error.__context__) and id(before) not in seen:
        seen.add(id(before))
        error = before
    return error


def described(error: BaseException) -> str:
    """`OSError: No space left on device`, at most 500 characters; the name alone without a text."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 -- an error that cannot even be shown must not hide itself
        text = "(it cannot be shown)"
    return f"{type(error).__name__}: {text}"[:500] if text else type(error).__name__
