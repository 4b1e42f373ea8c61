"""`wirechart mutate`."""

import sys

import click

from wirechart.commands.shared import specs


@click.command()
@specs
def command(specs: tuple[str, ...]) -> int:
    """Change the table of decisions cell by cell; show that the generated tests see each change.

    Without SPEC: all of spec/*.yaml. Exits with 1 when a visible change passes the tests.

    \b
    Example:
      wirechart mutate spec/link.yaml
    """
    from wirechart.sources import find

    return max(_mutate(spec) for spec in find(specs))


def _mutate(spec: str) -> int:
    from wirechart.commands.findings import sound
    from wirechart.mutation import mutate

    source, chart = sound(spec)
    if chart is None:
        return 1
    report = mutate(chart, source.label, _progress if sys.stderr.isatty() else None)
    for line in report.lines():
        click.echo(line)
    return 0 if report.passed else 1


def _progress(done: int, every: int) -> None:
    ends = "\n" if done == every else ""
    print(f"\r{done} of {every} mutants", end=ends, file=sys.stderr, flush=True)
