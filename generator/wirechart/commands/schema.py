"""`wirechart schema`."""

import json

import click


@click.command()
@click.argument("which", type=click.Choice(["spec", "output", "compat"]))
def command(which: str) -> int:
    """Print a JSON Schema (draft 7): of specs, or of what commands print.

    \b
      spec     a spec
      output   wirechart check --format json
      compat   wirechart compat --format json

    \b
    Example:
      wirechart schema spec > spec/schema/spec.json
    """
    if which == "spec":
        from wirechart.schema import spec_schema

        schema = spec_schema()
    elif which == "compat":
        from wirechart.compat.as_json import SCHEMA

        schema = SCHEMA
    else:
        from wirechart.report.as_json import SCHEMA

        schema = SCHEMA
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
