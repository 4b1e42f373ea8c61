"""The receiver without sockets: bytes, descriptors and time are arguments. Knows no protocol."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, cast

from .causes import Cause, EndOfStream, PeerSilent
from .descriptors import Descriptor
from .events import Event
from .machine import Fault, Final, Machine
from .parts import NOTHING
from .requests import Requests
from .steps import attempt, close_all, owned_parts
from .targets import Wide

if TYPE_CHECKING:
    from .taking import Taking

S = TypeVar("S")
T = TypeVar("T")


class Core(Requests[S, T]):
    """Takes requests until its machine ends; `S` are its running states, `T` its terminations.

    It owns the descriptors that arrive, and all that its states hold. `close` gives them up.
    """

    def __init__(
        self,
        machine: Machine,
        handlers: object,
        state: S,
        *,
        context: object = None,
        now: float = 0.0,
        observe: Callable[[Event], None] | None = None,
        patience: float | None = None,
    ) -> None:
        """Begin in `state`, at a time in seconds; `patience` replaces all deadlines for silence."""
        super().__init__(machine, handlers, state, context, now, observe)
        self._patience = patience
        self._held = True  # `close` was not called yet

    def wants(self) -> memoryview | None:
        """Where the next bytes go; never beyond what the next descriptors belong to.

        None: nothing more is wanted; send what is left and close.
        """
        return None if self.finished else self._narrow()

    @property
    def target(self) -> memoryview | Wide | None:
        """The same, maybe more at once: several views, or a place in a file.

        Only what `wants` gives takes some of the bytes of a place in a file.
        """
        return None if self.finished else self._target

    @property
    def wants_descriptors(self) -> int:
        """How many descriptors may come with the next bytes."""
        return max(0, self._room - len(self._descriptors))

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do, if no byte comes; None: never."""
        if self.finished:
            return None
        if self.termination is not None:
            return self._until
        seconds = self._pause
        return None if seconds is None else self._now + seconds

    @property
    def now(self) -> float:
        """When something was heard of the peer for the last time."""
        return self._now

    @property
    def silence(self) -> float | None:
        """For how many seconds the peer may do nothing inside a message; None: for ever."""
        return self._faults.silence if self._patience is None else self._patience

    @property
    def _pause(self) -> float | None:
        """The same for where it is now, maybe between two messages."""
        if self._target is not self._frame:
            return self.silence
        return self._faults.pause if self._patience is None else self._patience

    @property
    def in_request(self) -> bool:
        """Whether a header is complete, and not all bytes of its request have come."""
        return self._part is not None

    @property
    def failed(self) -> bool:
        """Whether its machine has ended, and in a failure."""
        return self.termination is not None and not self._ending.success

    @property
    def failure(self) -> Cause | None:
        """Why its machine failed; None: it did not, or its failures do not say why."""
        if not self.failed or not self._ending.cause:
            return None
        return cast("Cause", getattr(self.termination, self._ending.cause))

    @property
    def _ending(self) -> Final:
        return self._machine.finals[type(self.termination)]

    def heard(self, now: float) -> None:
        """The peer was heard of at that time, but on another connection."""
        self._now = now

    def refuse(self) -> None:
        """Refuse the message whose header comes next, as one that its state does not take."""
        self._plans = {}

    def guard(self, lock: AbstractContextManager[object]) -> None:
        """Call the observer under a lock: receivers on several threads may have the same one."""
        observe = self._observe
        if observe is not None:
            self._observe = partial(_observed, observe, lock)

    def received(
        self,
        count: int,
        descriptors: Sequence[Descriptor] = (),
        *,
        now: float | None = None,
        truncated: bool = False,
    ) -> bytes:
        """Bytes were put at the beginning of what `wants` or `target` gave; the replies to send.

        The descriptors came with these bytes; `truncated`: more of them, which are closed already.
        """
        self._now = self._now if now is None else now
        if descriptors or truncated:
            self._take(descriptors, truncated=truncated)
        target = self._target
        if count >= target.nbytes:
            if not self.finished:
                self._safely(self._filled)
        elif isinstance(target, memoryview):
            self._target = target[count:]
        else:
            self._target = cast("Taking", self._part).took(count)
        return self._sent()

    def lost(self, count: int, error: OSError, *, now: float | None = None) -> bytes:
        """Bytes have come for `target`, and could not be put there; the replies to send.

        The handler that asked for them there is told.
        """
        self._now = self._now if now is None else now
        part = cast("Taking", self._part)
        part.lost(part.target.nbytes - self._target.nbytes + count, error)
        self._safely(self._filled)
        return self._sent()

    def feed(
        self, data: bytes, descriptors: Sequence[Descriptor] = (), *, now: float | None = None
    ) -> bytes:
        """Put bytes where they are wanted until there are none; the replies to send.

        The descriptors come with the first byte. Bytes that nobody wants are dropped.
        """
        if now is not None:
            self._now = now
        if descriptors:
            self._take(descriptors, truncated=False)
        try:
            self._pour(memoryview(data))
        except BaseException:
            self.close()
            raise
        return self._sent()

    def eof(self, *, now: float | None = None) -> bytes:
        """The peer sends nothing more; the replies to send."""
        self._now = self._now if now is None else now
        if self.termination is None and not self.finished:
            inside = self._target is not self._frame
            fault = (self._faults.cut if inside else None) or self._faults.eof
            cause = EndOfStream(**self._about(fault.element), where=self._where())
            self._safely(partial(self._interrupt, fault, cause))
        self.finished = True
        return self._sent()

    def tick(self, now: float) -> bytes:
        """Nothing came until now; the replies to send."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return b""
        if self.termination is not None:
            self.finished = True
            return b""
        self._now = now
        fault = self._faults.idle or self._faults.eof
        about = self._about(fault.element)
        cause = PeerSilent(**about, seconds=self._pause or 0.0, where=self._where())
        self._safely(partial(self._interrupt, fault, cause))
        return self._sent()

    def close(self) -> None:
        """Give everything up: what the states hold, and what was arriving."""
        self.finished = True
        self._drop()
        held, self._held = self._held, False
        if held:  # a state that ended was given up when it did
            last = self.state if self.termination is None else self.termination
            close_all(owned_parts(self._machine.owned, last).values())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pour(self, data: memoryview) -> None:
        self._more = data
        request = self._machine.wire.request
        while (more := self._more) and not self.finished:
            target = self._narrow()
            size = target.nbytes
            if target is self._frame and more.nbytes >= request.size:
                self._more = more[request.size :]
                self._header_arrived(request.unpack_from(more))
            elif more.nbytes >= size:
                target[:] = more[:size]
                self._more = more[size:]
                self._filled()
            else:
                target[: more.nbytes] = more
                self._target = target[more.nbytes :]
                break
        self._more = NOTHING

    def _narrow(self) -> memoryview:
        target = self._target
        if not isinstance(target, memoryview):
            self._target = target = cast("Taking", self._part).narrow()
        return target

    def _safely(self, work: Callable[[], None]) -> None:
        """Whatever escapes (a KeyboardInterrupt in a handler) leaves a closed receiver."""
        try:
            work()
        except BaseException:
            self.close()
            raise

    def _sent(self) -> bytes:
        replies, self._replies = self._replies, []
        return replies[0] if len(replies) == 1 else b"".join(replies)

    def _take(self, descriptors: Sequence[Descriptor], *, truncated: bool) -> None:
        """Keep what belongs to these bytes; a message with others is malformed."""
        self._descriptors += descriptors
        if truncated or len(self._descriptors) > self._room:
            self._stray = True
            attempt(close_all, self._descriptors)
            self._descriptors = []

    def _where(self) -> str:
        """What the next byte would have been."""
        part = self._part
        if part is not None:
            left = part.left - part.target.nbytes + self._target.nbytes
            return f"{left} bytes before the end of {self._name or 'a message'}"
        size = self._frame.nbytes
        read = size - self._target.nbytes
        return f"after {read} of {size} bytes of a header" if read else "between two messages"

    def _interrupt(self, fault: Fault, cause: Cause) -> None:
        """The stream has ended, or is silent: maybe in the middle of a request."""
        self._deny(self._faults.malformed.reply, cause)
        part = self._part
        self._fault(fault, cause, part.rest(self._target.nbytes) if part else None)


def _observed(
    observe: Callable[[Event], None], lock: AbstractContextManager[object], event: Event
) -> None:
    with lock:
        observe(event)
