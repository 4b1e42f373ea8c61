"""`wirechart compat`."""

from pathlib import Path

import click

from wirechart.commands.shared import SPEC

FAILURES = {"breaks": ("breaks",), "conditions": ("breaks", "accepts if")}
FORMATS = ("text", "markdown", "html", "json")


@click.command()
@click.option(
    "--senders", multiple=True, type=SPEC, help="A spec that sends, or a folder of them. Repeat."
)
@click.option(
    "--receivers", multiple=True, type=SPEC, help="A spec that receives, or a folder. Repeat."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text")
@click.option(
    "--fail-on",
    type=click.Choice(FAILURES),
    help="Exit with 1 when a sender breaks at a receiver, or also when it has conditions.",
)
def command(
    senders: tuple[str, ...], receivers: tuple[str, ...], form: str, fail_on: str | None
) -> int:
    """Set every sender against every receiver, and every receiver in another's place.

    Specs are compared by their bytes and by what can follow; names do not count. A pair accepts
    all, accepts under conditions, or breaks, with the shortest messages that show it.

    Without options: all of spec/NAME-senders and spec/NAME-receivers, with spec/NAME.yaml or
    spec/NAME-*.yaml on both sides. `wirechart build` keeps diagrams/NAME-compat.md and .html.
    Exits with 0 whatever the verdicts, unless --fail-on; with 1 when a spec has errors.

    \b
    Examples:
      wirechart compat
      wirechart compat --senders spec/ch-senders/v52.yaml --receivers spec/ch-migration.yaml
      wirechart compat --format html > compat.html
    """
    from wirechart.commands.families import Family, families
    from wirechart.commands.peers import compared
    from wirechart.compat.page import rendered
    from wirechart.sources import JobError

    if bool(senders) != bool(receivers):
        raise click.UsageError("say both --senders and --receivers, or neither")
    said = Family("", _specs(senders), _specs(receivers), ())
    known = (said,) if senders else families()
    if not known:
        raise JobError("no spec/NAME-senders here, nor -receivers; say --senders and --receivers")
    if form != "text" and len(known) > 1:
        raise JobError("several protocols here, and one document: say --senders and --receivers")
    code = 0
    for family in known:
        found = compared(family)
        if found is None:
            code = 1
            continue
        click.echo(rendered(found, family.name, form), nl=False)
        answers = {verdict.answer for verdict in found.senders.cells.values()}
        code |= int(not answers.isdisjoint(FAILURES.get(fail_on or "", ())))
    return code


def _specs(places: tuple[str, ...]) -> tuple[str, ...]:
    """The specs that are named, and those in folders that are.

    Raises:
        JobError: there is no such file or folder.
    """
    from wirechart.commands.families import inside
    from wirechart.sources import JobError

    gone = next((place for place in places if not Path(place).exists()), None)
    if gone is not None:
        raise JobError(f"cannot read {gone}: No such file or directory")

    return tuple(dict.fromkeys(path for place in places for path in inside(Path(place))))
