"""`wirechart mutate`."""

import sys

import click

from wirechart.commands.shared import specs


@click.command()
@specs
def command(specs: tuple[str, ...]) -> int:
    """Change the table of decisions cell by cell; show that the generated tests see each change.

    Of every machine that answers; what a machine that asks may do is checked by types.

    Without SPEC: all of spec/*.yaml. Exits with 1 when a visible change passes the tests.

    \b
    Example:
      wirechart mutate spec/link.yaml
    """
    from wirechart.sources import find

    return max(_mutate(spec) for spec in find(specs))


def _mutate(spec: str) -> int:
    from wirechart.chart import asks, build, views
    from wirechart.commands.findings import sound
    from wirechart.mutation import mutate
    from wirechart.sources import JobError
    from wirechart.targets.receiver import files

    source, chart = sound(spec)
    if chart is None:
        return 1
    if chart.spec.model:
        raise JobError(f"{source.path} is a model: no package is made of it, so nothing tests it")
    progress = _progress if sys.stderr.isatty() else None
    package, passed = files(chart, source.label), True
    for view in views(chart.spec):
        if asks(view):
            continue
        if view.machine.name:
            click.echo(f"machine {view.machine.name}:")
        report = mutate(build(view), source.label, progress, around=package)
        for line in report.lines():
            click.echo(line)
        passed = passed and report.passed
    return 0 if passed else 1


def _progress(done: int, every: int) -> None:
    ends = "\n" if done == every else ""
    print(f"\r{done} of {every} mutants", end=ends, file=sys.stderr, flush=True)
