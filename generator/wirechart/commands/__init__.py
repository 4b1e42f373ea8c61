"""The command line. Knows terminals, exit codes and options; decides nothing about specs.

Exit codes: 0 fine, 1 findings or drift, 2 the job could not be done, 130 interrupted.
"""

import os
import sys
from io import TextIOWrapper
from typing import NoReturn

from wirechart.sources import JobError

FAILED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141  # what a shell reports for a program that SIGPIPE ended


def main() -> NoReturn:
    """The program `wirechart`."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """One command with its arguments; the exit code."""
    _never_fail_to_print()
    try:
        code = _command(words)
        sys.stdout.flush()
    except JobError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered has no reader; the interpreter's last flush must not say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        return _failed(str(error))
    return code


def _command(words: list[str]) -> int:
    # What editors and hooks run at every save does not wait for an option parser.
    if words[:1] == ["check"] and not any(word.startswith("-") for word in words):
        from wirechart.commands.findings import check

        return check(tuple(words[1:]))
    from wirechart.commands.options import run_with_options

    return run_with_options(words)


def _failed(reason: str) -> int:
    sys.stdout.flush()
    print(f"wirechart: {reason}", file=sys.stderr)
    return FAILED


def _never_fail_to_print() -> None:
    """A terminal without UTF-8 gets escapes for what it lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
