"""`python -m PACKAGE receive`: one session of a receiver on a socket, told as JSON lines.

Exit codes: 0 for a success, 1 for a failure, 2 when it cannot run, 128 + n for a signal.
"""

import argparse
import dataclasses
import errno
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any, Final, NoReturn

from .causes import Refusal
from .core import Core
from .journal import Journal, opened
from .machine import Machine
from .memory import Image
from .reasons import telling
from .sockets import accept, address_of, drive, listening

SUCCESS: Final = 0
FAILURE: Final = 1
CANNOT: Final = 2
SIGNALLED: Final = 128

_LONGEST: Final = 1e9  # seconds; the operating system takes no number as high as a float may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a generated package puts behind the command."""

    name: str  # of the package
    protocol: str
    role: str
    machine: Machine
    # Of handlers, and by name: context, observe, patience, machine.
    begin: Callable[..., Core[Any, Any]]
    handlers: Callable[..., object]  # by name: what makes each memory
    memories: Sequence[str]
    kept: str  # what a refused success means: `the source keeps its VM`
    context: type[Any] | None = None


class Unstored:
    """Handlers that refuse every message that would end in a success and be answered so."""

    def __init__(self, handlers: object, machine: Machine, text: str) -> None:
        self._handlers = handlers
        self._replies = dict(_endings(machine))
        self._text = text

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- a handler
        if name in self._replies:
            return partial(self._refuse, self._replies[name])
        return getattr(self._handlers, name)

    def _refuse(self, reply: int, *_: object) -> NoReturn:
        raise Refusal(reply, self._text)


def _endings(machine: Machine) -> Iterator[tuple[str, int]]:
    """The handlers of messages that end in a success and are answered; the reply that refuses."""
    for rules in machine.table.values():
        for row in (row for rows in rules.rows.values() for row in rows):
            final = machine.finals.get(row.target)
            reply = rules.faults.handler_error.reply
            if final and final.success and row.handler and None not in (row.reply, reply):
                yield row.handler, reply or 0


def main(program: Program, arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser(program).parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _receive(program, options)
    except KeyboardInterrupt:
        return _cannot(program, "interrupted", SIGNALLED + signal.SIGINT)
    except OSError as error:
        place = error.filename or options.listen
        return _cannot(program, f"{place}: {error.strerror or error}", CANNOT)
    except ValueError as error:
        return _cannot(program, str(error), CANNOT)


def _terminate(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(SIGNALLED + number)


def _cannot(program: Program, text: str, code: int) -> int:
    print(f"{program.name}: {' '.join(text.split())}", file=sys.stderr)
    return code


def _parser(program: Program) -> argparse.ArgumentParser:
    about = f"The {program.role} of {program.protocol}."
    parser = argparse.ArgumentParser(prog=f"python -m {program.name}", description=about)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    receive = commands.add_parser("receive", help="take one session", description=about)
    add = receive.add_argument
    add("--listen", required=True, metavar="ADDRESS", help="unix:PATH or tcp:HOST:PORT")
    add("--discard", action="store_true", help="store nothing, and let the session succeed")
    if program.memories:
        add("--image", type=Path, metavar="FILE", help="write contents at their address, sparse")
        add("--force", action="store_true", help="overwrite an image that holds something")
    add("--events", type=Path, metavar="FILE", help="where the JSON lines go; default stdout")
    if program.machine.wire.sized:
        add("--reasons", action="store_true", help="say in refusals why, to peers that skip it")
    add("--deadline", type=_seconds, metavar="S", help="seconds the peer may be silent")
    if program.context:
        add("--context", action="append", default=[], metavar="NAME=VALUE", help=_context(program))
    return parser


def _context(program: Program) -> str:
    return f"what was negotiated before: {', '.join(_types(program))}"


def _types(program: Program) -> dict[str, object]:
    fields = dataclasses.fields(program.context) if program.context else ()
    return {field.name: field.type for field in fields}


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < _LONGEST:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of seconds that one can wait")
    return value


def _receive(program: Program, options: argparse.Namespace) -> int:
    """Take one session, and say how it ended."""
    with ExitStack() as stack:
        journal = stack.enter_context(opened(options.events))
        handlers = _handlers(program, options, stack)
        context = {"context": _negotiated(program, options)} if program.context else {}
        with listening(options.listen) as listener:
            print(f"listening {address_of(listener)}", file=sys.stderr, flush=True)
            connection = accept(listener)
        receiver = program.begin(
            journal.heeded(handlers),
            observe=journal.observe,
            patience=options.deadline,
            machine=_machine(program, options),
            **context,
        )
        delivered = _driven(connection, receiver, journal)
    if journal.error is not None:
        return _cannot(program, f"{journal.error.filename}: {journal.error.strerror}", FAILURE)
    return _outcome(program, receiver.termination, delivered=delivered)


def _machine(program: Program, options: argparse.Namespace) -> Machine:
    return telling(program.machine) if getattr(options, "reasons", False) else program.machine


def _driven(connection: socket, receiver: Core[Any, Any], journal: Journal) -> bool:
    """Whether all replies could be sent; none is after a success that is not in the log."""
    try:
        return drive(connection, receiver)
    except OSError:
        if journal.error is None:
            raise
        return False


def _handlers(program: Program, options: argparse.Namespace, stack: ExitStack) -> object:
    """The default ones, with an image where there is one; without --discard none that succeeds."""
    path: Path | None = getattr(options, "image", None)
    if path is None:
        handlers = program.handlers()
        stored = "nothing was stored"
    else:
        if not options.force and path.is_file() and path.stat().st_size:
            raise OSError(errno.EEXIST, "File exists; --force overwrites it", path)
        image = stack.enter_context(closing(Image(path)))
        handlers = program.handlers(**dict.fromkeys(program.memories, lambda: image))
        stored = "nothing but contents was stored"
    if options.discard:
        return handlers
    return Unstored(handlers, program.machine, f"{stored}; {program.kept}")


def _negotiated(program: Program, options: argparse.Namespace) -> object:
    """The context, from NAME=VALUE.

    Raises:
        ValueError: a name or value is missing, or not of its type.
    """
    given = dict(item.partition("=")[::2] for item in options.context)
    types = _types(program)
    if given.keys() != types.keys():
        raise ValueError(f"--context has to give {', '.join(types)}, each once")
    values = {name: _value(name, types[name], text) for name, text in given.items()}
    return program.context(**values) if program.context else None


def _value(name: str, type_: object, text: str) -> object:
    if type_ is int:
        return int(text, 0)
    if type_ is bool and text in ("true", "false"):
        return text == "true"
    if type_ is str:
        return text
    raise ValueError(f"--context {name}: `{text}` cannot be given here")


def _outcome(program: Program, termination: object, *, delivered: bool) -> int:
    """The exit code; on stderr, why it is not 0."""
    final = program.machine.finals.get(type(termination))
    if final is None:
        return _cannot(program, "the session was cut off", FAILURE)
    cause = getattr(termination, final.cause) if final.cause else None
    if not final.success:
        print(f"{program.name}: {cause or type(termination).__name__}", file=sys.stderr)
        return FAILURE
    if not delivered:
        return _cannot(program, "the last reply could not be delivered", FAILURE)
    return SUCCESS
