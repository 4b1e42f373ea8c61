"""`wirechart schema`."""

import json

import click


@click.command()
@click.argument("which", type=click.Choice(["spec", "output", "verdicts"]))
def command(which: str) -> int:
    """Print a JSON Schema (draft 7): of specs, or of what is printed with `--format json`.

    `output` is that of `wirechart check`, `verdicts` that of `wirechart verify`.

    \b
    Example:
      wirechart schema spec > spec/schema/spec.json
    """
    if which == "spec":
        from wirechart.schema import spec_schema

        schema = spec_schema()
    elif which == "verdicts":
        from wirechart.report.verdicts_json import SCHEMA

        schema = SCHEMA
    else:
        from wirechart.report.as_json import SCHEMA

        schema = SCHEMA
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
