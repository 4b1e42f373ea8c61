"""`wirechart schema`."""

import json
from importlib import import_module

import click


@click.command()
@click.argument("which", type=click.Choice(["spec", "output", "breaking"]))
def command(which: str) -> int:
    """Print a JSON Schema (draft 7): of specs, or of what --format json prints.

    `output` is that of `wirechart check`, `breaking` that of `wirechart breaking`.

    \b
    Example:
      wirechart schema spec > spec/schema/spec.json
    """
    if which == "spec":
        from wirechart.schema import spec_schema

        schema = spec_schema()
    else:
        module = "breaking_json" if which == "breaking" else "as_json"
        schema = import_module(f"wirechart.report.{module}").SCHEMA
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
