"""`newsletter init`: start a site in a folder."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import as_named
from composer.errors import TemplateError
from composer.reading.scaffold import SAMPLES, start_site
from composer.rendering.templates import Templates


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--template", metavar="NAME", default="monitor", help="monitor, digest or letter.")
@click.option("--bare", is_flag=True, help="Without sample issues and the sample list.")
@pass_context
def init_command(context: Context, folder: Path, template: str, *, bare: bool) -> None:
    """Start a site in DIR (here when none is named).

    Writes newsletter.toml, sample issues and a sample list. No file is overwritten.

    \b
    Examples:
      newsletter init my-letter
      newsletter init my-letter --template digest
      newsletter init my-letter --bare
    """
    site = context.folder / folder
    try:
        Templates.of_site(None).entry(template)
    except TemplateError as error:
        raise as_named(error) from error
    files = start_site(site, template, samples=not bare)
    names = [str(path) for path in files]
    lines = [f"A site was started in {site}:", *(f"  {name}" for name in names)]
    context.result("\n".join(lines), {"folder": str(site), "files": names})
    sample = SAMPLES.get(template, "2026-014")
    steps = [f"newsletter preview {sample} --open", "newsletter check"]
    steps.append("newsletter subscribers import subscribers.example.csv")
    if bare:
        steps = ["newsletter new 2026-001", "newsletter subscribers import LIST.csv"]
    if folder != Path():
        steps.insert(0, f"cd {site}")
    if bare:
        context.say("Say in newsletter.toml who sends: its names and addresses are an example.")
    context.say("Next:\n" + "\n".join(f"  {step}" for step in steps))
