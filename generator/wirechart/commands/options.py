"""The commands and their options, each in a module that is imported when it is called."""

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

from wirechart import __version__
from wirechart.diagnostics import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    "check",
    "build",
    "generate",
    "render",
    "explain",
    "rules",
    "schema",
    "simulate",
    "mutate",
    "diff",
    "git-diff",
    "breaking",
    "verify",
    "compat",
    "export",
    "init",
    "completion",
)
COMPLETE = "_WIRECHART_COMPLETE"  # what a shell that completes a line sets
EXAMPLES = """\b
Examples:
  wirechart init link && cd link     a small spec to start from
  wirechart check                    all findings of spec/*.yaml
  wirechart build                    check, then write diagrams/ and generated/
  wirechart build --check            in CI: fail when they are out of date
  wirechart explain REF001           what a finding means
  wirechart diff --against main      what changed, by its meaning
  wirechart breaking --against main  whom it breaks, and the sequence that shows it
"""


class Commands(click.Group):
    """The commands by name, in the order in which one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """All of them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The one of that name."""
        if cmd_name not in COMMANDS:
            ctx.fail(f"no command `{cmd_name}`: {did_you_mean(cmd_name, COMMANDS)}")
        found: click.Command = import_module(f"wirechart.commands.{_module(cmd_name)}").command
        return found


def _module(name: str) -> str:
    return name.replace("-", "_")


@click.group(
    cls=Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="wirechart", message="%(prog)s %(version)s")
def wirechart() -> None:
    """Statecharts for wire protocols: one YAML spec, checked, drawn, generated and tested."""


def run_with_options(words: "Sequence[str]") -> int:
    """What a command line asks for; the exit code."""
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(wirechart, {}, "wirechart", COMPLETE, os.environ[COMPLETE])
    try:
        code = wirechart.main(list(words), prog_name="wirechart", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "wirechart"
        click.echo(
            f"{path}: {error.format_message().rstrip('.')} (`{path} --help` says more)", err=True
        )
        return 2
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:  # how click answers a pipe that was closed
        raise BrokenPipeError from None
    return code if isinstance(code, int) else 0
