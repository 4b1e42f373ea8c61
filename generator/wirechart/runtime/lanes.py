"""What connections a session may have, and for how long it waits for them. Knows no sockets."""

import ssl
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of connection."""

    name: str
    preamble: bytes | None  # its first bytes; None: the main connection, which has none
    most: int = 1  # open at once; one more is closed
    # First bytes that belong to a request already: of peers that send no preamble.
    bare: tuple[bytes, ...] = ()
    asks: bool = False  # this side sends the requests there


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a connection."""

    lane: str  # empty: not known yet
    number: int  # from 1, in the order in which they connected
    address: str  # `unix:PATH`, the path mostly empty, or `tcp:HOST:PORT`

    def __str__(self) -> str:
        return f"{self.lane or 'connection'} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds; None: for ever. Silence after the first header is the receiver's own matter."""

    accept: float | None = 600.0  # until the main connection has sent its first header
    handshake: float | None = 10.0  # of TLS
    first: float | None = 10.0  # until a connection has said what it is; then until a header ends
    total: float | None = 86400.0  # after its first header, for the main connection


@dataclass(frozen=True)
class Terms:
    """What a session demands of its connections."""

    lanes: tuple[Lane, ...]  # one of them is the main one
    header: int  # bytes of a request's header
    deadlines: Deadlines = field(default_factory=Deadlines)
    tls: ssl.SSLContext | None = None
    bare: bool = False  # whether the lanes' `bare` first bytes are taken

    @cached_property
    def main(self) -> Lane:
        """The lane that needs no preamble."""
        return next(lane for lane in self.lanes if lane.preamble is None)

    @cached_property
    def openings(self) -> dict[bytes, Lane]:
        """First bytes, and what they begin."""
        preambles = {lane.preamble: lane for lane in self.lanes if lane.preamble is not None}
        bare = {first: lane for lane in self.lanes if self.bare for first in lane.bare}
        return preambles | bare
