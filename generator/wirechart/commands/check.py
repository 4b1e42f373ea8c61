"""`wirechart check`."""

import click

from wirechart.commands import findings
from wirechart.commands.shared import specs


@click.command()
@specs
@click.option("--format", "form", type=click.Choice(findings.FORMATS), default="text")
@click.option("--color", type=click.Choice(findings.COLORS), default="auto")
@click.option("--strict", is_flag=True, help="Fail for warnings, too.")
def command(specs: tuple[str, ...], form: str, color: str, strict: bool) -> int:
    """Report everything that is wrong with specs.

    Without SPEC: all of spec/*.yaml; a folder is the specs in it, and `-` standard input. As text,
    20 findings of one code are shown of a spec; the other formats hold all.

    \b
    Examples:
      wirechart check
      wirechart check spec/link.yaml --format sarif > link.sarif
      wirechart check --strict --format github
    """
    return findings.check(specs, form, color, strict)
