"""`wirechart schema`."""

import json
from importlib import import_module

import click

# What is printed with `--format json`, and the module that has its SCHEMA.
PRINTED = {
    "output": "wirechart.report.as_json",
    "breaking": "wirechart.report.breaking_json",
    "diff": "wirechart.difference.as_json",
    "verdicts": "wirechart.report.verdicts_json",
    "compat": "wirechart.compat.as_json",
}


@click.command()
@click.argument("which", type=click.Choice(["spec", *PRINTED]))
def command(which: str) -> int:
    """Print a JSON Schema (draft 7): of specs, or of what is printed with `--format json`.

    `output` is that of `wirechart check`, `verdicts` that of `wirechart verify`; `diff`, `breaking`
    and `compat` are those of the commands of that name.

    \b
    Example:
      wirechart schema spec > spec/schema/spec.json
    """
    if which == "spec":
        from wirechart.schema import spec_schema

        schema = spec_schema()
    else:
        schema = import_module(PRINTED[which]).SCHEMA
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
