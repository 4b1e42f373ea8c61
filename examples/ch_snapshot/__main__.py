"""`python -m ch_snapshot`: store a live migration as a snapshot, look at one, and send one.

Exit codes: 0 for a success, 1 for a failed migration, 2 when it cannot run, 128 + n for a signal.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from ch_migration import Aborted, Termination
from ch_migration.receiver import MACHINE
from ch_migration.runtime import AskingFailed, Event
from ch_migration.runtime.lanes import Deadlines, Peer

from . import show
from .dialect import PatientStore, keep_alive_machine
from .directory import Partial
from .further import LostPagesError
from .layout import CannotStoreError
from .progress import Progress
from .quantities import seconds, size
from .receive import Options, receive
from .report import reporting
from .route import add_arguments, route_of
from .send import Migration
from .sources import opened
from .store import FILES, Store

SUCCESS: Final = 0
FAILURE: Final = 1
CANNOT: Final = 2
SIGNALLED: Final = 128

_UNHEARD: Final = "it is stored, but the source may not know: its VM may go on"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    run = {"receive": _receive, "show": _show, "send": _send}[options.command]
    try:
        return run(options)
    except KeyboardInterrupt:
        return _failed("interrupted", SIGNALLED + signal.SIGINT)
    except OSError as error:
        place = error.filename or getattr(options, "address", options.directory)
        return _failed(f"{place}: {error.strerror or error}", CANNOT)
    except (ValueError, CannotStoreError) as error:
        return _failed(str(error), CANNOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ch_snapshot", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    take = commands.add_parser("receive", help="store one migration in a new directory")
    take.add_argument("directory", type=Path, metavar="DIR", help="must not exist yet")
    take.add_argument(
        "--listen",
        required=True,
        dest="address",
        metavar="ADDRESS",
        help="unix:PATH or tcp:HOST:PORT",
    )
    take.add_argument(
        "--tls-dir",
        type=Path,
        metavar="DIR",
        help="TLS 1.3: ca-cert.pem, server-cert.pem and server-key.pem",
    )
    take.add_argument(
        "--accept-within", type=seconds, metavar="S", help="until a source comes; default 600"
    )
    take.add_argument(
        "--finish-within", type=seconds, metavar="S", help="from then on; default 86400"
    )
    take.add_argument(
        "--v52", action="store_true", help="also memory connections that do not say so (v52)"
    )
    take.add_argument(
        "--keep-alive", action="store_true", help="command 8 is a fork's KeepAlive, in any state"
    )
    take.add_argument(
        "--reasons",
        action="store_true",
        help="say why in replies that refuse; only to sources of v53 and later",
    )
    take.add_argument(
        "--keep-source", action="store_true", help="store it, and let the VM go on where it is"
    )
    take.add_argument(
        "--max-memory",
        type=size,
        default=size("64T"),
        metavar="SIZE",
        help="refuse VMs with more, such as 16G; default 64T",
    )
    look = commands.add_parser("show", help="what is in a snapshot")
    look.add_argument("directory", type=Path, metavar="DIR")
    look.add_argument("--json", action="store_true", help="as one JSON object")
    give = commands.add_parser("send", help="migrate a snapshot to a peer that waits for one")
    add_arguments(give)
    return parser


def _terminate(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(SIGNALLED + number)


def _failed(text: str, code: int) -> int:
    print(f"ch_snapshot: {text}", file=sys.stderr)
    return code


def _receive(options: argparse.Namespace) -> int:
    progress = Progress()
    kind = PatientStore if options.keep_alive else Store
    with ExitStack() as stack:
        directory = stack.enter_context(Partial(options.directory, FILES))
        report = stack.enter_context(reporting(progress))
        store = kind(
            directory, progress, max_memory=options.max_memory, keep_source=options.keep_source
        )
        stack.callback(store.close)

        def observe(peer: Peer, event: Event) -> None:
            if peer.lane == "main":
                progress.observe(event)
            report.event(peer, event)

        try:
            termination, delivered = receive(_how(options), store, observe, report.listens)
            if directory.committed:
                report.stored(store.summary())
        except BaseException:
            stack.close()
            if directory.committed:
                print(f"ch_snapshot: {_UNHEARD}", file=sys.stderr)
            raise
    if not directory.committed:
        return _failed(_cause(termination), FAILURE)
    if not delivered and not options.keep_source:
        return _failed(_UNHEARD, FAILURE)
    return SUCCESS


def _how(options: argparse.Namespace) -> Options:
    usual = Deadlines()
    return Options(
        address=options.address,
        tls=options.tls_dir,
        deadlines=replace(
            usual,
            accept=options.accept_within or usual.accept,
            total=options.finish_within or usual.total,
        ),
        old=options.v52,
        machine=keep_alive_machine() if options.keep_alive else MACHINE,
        reasons=options.reasons,
    )


def _cause(termination: Termination | None) -> str:
    return str(termination.cause) if isinstance(termination, Aborted) else "it was cut off"


def _show(options: argparse.Namespace) -> int:
    found = show.read(options.directory)
    if options.json:
        print(show.as_json(found))
    else:
        show.show(found)
    if found.whole:
        return SUCCESS
    return _failed(f"{options.directory}: memory is missing, or there is too much", FAILURE)


def _send(options: argparse.Namespace) -> int:
    route, progress = route_of(options), Progress(state="Connecting")
    with opened(options.directory) as stored, ExitStack() as stack:
        report = stack.enter_context(reporting(progress))
        migration = Migration(stored, route, progress, partial(report.event, None))
        try:
            report.sent(migration.run())
        except (AskingFailed, LostPagesError, OSError) as error:
            stack.close()
            return _failed(f"{error}\n{migration.verdict}", FAILURE)
        except BaseException:
            stack.close()
            print(migration.verdict, file=sys.stderr)
            raise
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())
