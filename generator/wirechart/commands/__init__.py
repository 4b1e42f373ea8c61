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
        _drop_output()
        return PIPE_CLOSED
    except OSError as error:
        _drop_output()
        return _failed(str(error))
    except Exception as error:  # exit code 1 would say that the spec is at fault
        if sys.flags.dev_mode:
            raise
        return _failed(_bug(error))
    return code


def _bug(error: Exception) -> str:
    """One line about what cannot happen."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    said = f"{type(error).__name__}: {error}".partition("\n")[0]
    return f"a mistake of this program, not of yours: {said} ({where}; `python -X dev` says more)"


def _drop_output() -> None:
    """What is still buffered cannot be written; the interpreter's last flush must not try."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
