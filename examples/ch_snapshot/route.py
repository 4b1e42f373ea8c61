"""To whom a snapshot is sent, and how. Knows the command line; opens only certificates."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Final, Literal

from ch_migration.messages import LIMIT_WORKERS
from ch_migration.runtime.tls import client_context

from .quantities import seconds

# A peer may copy all of memory, and wait for its disk, before it answers State.
PATIENCE: Final = 600.0  # seconds in which the peer says and takes nothing, on any connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """To whom, and how."""

    address: str
    tls: SSLContext | None = None
    # As bytes; by descriptors on a unix socket; or when the peer asks for it.
    memory: Literal["sent", "shared", "fetched"] = "sent"
    connections: int = 1  # for memory that is sent; 1: only the main one
    paused: bool = False  # the peer shall not let the VM go on
    patience: float = PATIENCE


def add_arguments(give: argparse.ArgumentParser) -> None:
    """What may be said of it."""
    add = give.add_argument
    add("directory", type=Path, metavar="DIR", help="a snapshot; it stays as it is")
    add(
        "--to",
        required=True,
        dest="address",
        metavar="ADDRESS",
        help="unix:PATH or tcp:HOST:PORT",
    )
    add(
        "--connections",
        type=int,
        choices=range(1, LIMIT_WORKERS + 1),
        default=1,
        metavar="N",
        help="for memory, beside the main one when it is more than 1",
    )
    add("--tls-dir", type=Path, metavar="DIR", help="certificates, for TLS over TCP")
    add(
        "--deadline",
        type=seconds,
        default=PATIENCE,
        metavar="S",
        help="seconds in which the peer may say and take nothing; default 600",
    )
    add("--paused", action="store_true", help="do not let the VM go on there")
    way = give.add_mutually_exclusive_group()
    way.add_argument("--local", action="store_true", help="share memory, through a unix socket")
    way.add_argument("--postcopy", action="store_true", help="give memory when it is asked for")


def route_of(options: argparse.Namespace) -> Route:
    """What was said.

    Raises:
        ValueError: it cannot be meant.
        TlsError: a certificate cannot be used.
    """
    unix = options.address.startswith("unix:")
    if options.local and not unix:
        raise ValueError("--local needs a unix socket: memory is shared by descriptors")
    if options.tls_dir and unix:
        raise ValueError("--tls-dir needs a TCP address: a certificate is for a name")
    if options.connections > 1 and (options.local or options.postcopy):
        raise ValueError("--connections are for memory that is sent")
    return Route(
        address=options.address,
        tls=client_context(options.tls_dir) if options.tls_dir else None,
        memory="shared" if options.local else "fetched" if options.postcopy else "sent",
        connections=options.connections,
        paused=options.paused,
        patience=options.deadline,
    )
