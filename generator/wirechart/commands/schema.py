"""`wirechart schema`."""

import json

import click


@click.command()
@click.argument("which", type=click.Choice(["spec", "output", "diff"]))
def command(which: str) -> int:
    """Print a JSON Schema (draft 7): of specs, of `check --format json`, of `diff --format json`.

    \b
    Example:
      wirechart schema spec > spec/schema/spec.json
    """
    if which == "spec":
        from wirechart.schema import spec_schema

        schema = spec_schema()
    elif which == "diff":
        from wirechart.difference.as_json import SCHEMA

        schema = SCHEMA
    else:
        from wirechart.report.as_json import SCHEMA

        schema = SCHEMA
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
