"""`newsletter schema`: JSON Schemas of what people write, for their editors."""

from __future__ import annotations

import json

import click

from composer.reading.schemas import SCHEMAS


@click.command("schema")
@click.argument("name", type=click.Choice(list(SCHEMAS)))
def schema_command(name: str) -> None:
    """Print a JSON Schema: of newsletter.toml (site), or of front matter (issue, translation).

    \b
    Example:
      newsletter schema site > newsletter.schema.json
    """
    click.echo(json.dumps(SCHEMAS[name](), ensure_ascii=False, indent=2))
