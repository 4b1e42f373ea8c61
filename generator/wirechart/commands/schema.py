"""`wirechart schema`."""

import json
from importlib import import_module

import click

OUTPUTS = {  # of which commands with --format json
    "output": "wirechart.report.as_json",
    "diff": "wirechart.difference.as_json",
    "verdicts": "wirechart.report.verdicts_json",
}


@click.command()
@click.argument("which", type=click.Choice(["spec", *OUTPUTS]))
def command(which: str) -> int:
    """Print a JSON Schema (draft 7): of specs, or of what is printed with `--format json`.

    `output` is that of `wirechart check`, `diff` that of `diff`, `verdicts` that of `verify`.

    \b
    Example:
      wirechart schema spec > spec/schema/spec.json
    """
    if which == "spec":
        from wirechart.schema import spec_schema

        schema = spec_schema()
    else:
        schema = import_module(OUTPUTS[which]).SCHEMA
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
