"""What a command prints for machines: one valid document, whatever became of the command."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from composer.checks.formats.checked import Checked, Trouble
from composer.checks.formats.json import trouble_document
from composer.cli.context import Context, json_text
from composer.errors import ComposerError, SourceError
from composer.model.finding import Finding
from composer.reading.source import read_file
from composer.whole_file import whole_file

MACHINES = ("json", "github", "sarif", "junit")
#: The form of a file that findings are written to beside what is printed, by its name's ending.
ENDINGS = {".json": "json", ".sarif": "sarif", ".xml": "junit"}


def form_of(words: Sequence[str]) -> str:
    """The form that a command line asks for, even one that is wrong; `""` when it is for people."""
    if "--json" in words:
        return "json"
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name = following if word == "--format" else word.removeprefix("--format=")
        if word.startswith("--format") and name in MACHINES:
            return name
    return ""


def written(checked: Checked, form: str) -> str:
    """`checked` in one of `MACHINES`."""
    match form:
        case "json":
            from composer.checks.formats import json

            return json.json_text(checked)
        case "github":
            from composer.checks.formats.github import github_text

            return github_text(checked)
        case "sarif":
            from composer.checks.formats.sarif import sarif_text

            return sarif_text(checked)
        case _:
            from composer.checks.formats.junit import junit_text

            return junit_text(checked)


def emit(text: str, output: Path | None = None) -> None:
    """Print a document, or write it to `output`: UTF-8 whatever the terminal has."""
    if output is None:
        click.echo(text.encode("utf-8", "replace"), nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(output) as file:
            file.write(text)


def emit_also(context: Context, checked: Checked) -> None:
    """Write `checked`, which is located, to each file that it was asked for beside."""
    for path in context.also:
        emit(written(checked, ENDINGS[path.suffix]), path)


def tell_error(context: Context, error: ComposerError, code: int) -> None:
    """The documents of a command that came to nothing."""
    if context.known:
        known = {**context.known, "error": trouble_document(Trouble.of(error))}
        click.echo(json_text(known))
        return
    checked = failed(error, code)
    with suppress(OSError):  # one of them may be the very file that cannot be written
        emit_also(context, checked)
    if not context.form:
        return
    text = written(checked, context.form)
    try:
        emit(text, context.output)
    except OSError:
        emit(text)
    if context.form == "github":
        summarise(checked, os.environ)


def failed(error: ComposerError, code: int) -> Checked:
    """A run that came to nothing because of `error`; what it found is told where it found it."""
    if isinstance(error, SourceError):
        found = tuple(f for f in error.findings if isinstance(f, Finding))
        return located(Checked(found, exit_code=code), os.environ)
    return located(Checked(trouble=Trouble.of(error), exit_code=code), os.environ)


def located(checked: Checked, environ: Mapping[str, str]) -> Checked:
    """`checked` with the repository that it stands in, and the text of what has findings."""
    from importlib.metadata import version

    paths = {*checked.files, *(finding.path for finding in checked.findings)}
    if checked.trouble and checked.trouble.place:
        paths.add(checked.trouble.place.path)
    root = repository(paths, environ)
    return replace(
        checked,
        root=root,
        names={path: _name(path, root) for path in paths},
        lines={path: _lines(path) for path in {finding.path for finding in checked.findings}},
        version=version("newsletter-composer"),
    )


def repository(paths: Iterable[Path], environ: Mapping[str, str]) -> Path:
    """Where the names of files begin: what CI checked out, or the root of the git repository.

    A site may lie in a folder of a larger repository. Without either, it is where we were started.
    """
    start = next(iter(sorted(paths)), Path()).resolve()
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        place = environ.get(variable)
        if place and start.is_relative_to(Path(place).resolve()):
            return Path(place).resolve()
    above = (folder for folder in (start, *start.parents) if (folder / ".git").exists())
    return next(above, Path.cwd())


def _name(path: Path, root: Path) -> str:
    whole = path.parent.resolve() / path.name  # a link's own name, not what it leads to
    return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()


def _lines(path: Path) -> Sequence[str]:
    try:
        return read_file(path).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return ()  # the finding tells that the file is not there


def summarise(checked: Checked, environ: Mapping[str, str]) -> None:
    """Add the table to GitHub's summary of the job, where there is one."""
    place = environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    from composer.checks.formats.summary import summary_text

    parts = [environ.get(f"GITHUB_{part}", "") for part in ("SERVER_URL", "REPOSITORY", "SHA")]
    links = f"{parts[0]}/{parts[1]}/blob/{parts[2]}" if all(parts) else ""
    with Path(place).open("a", encoding="utf-8", errors="replace") as file:
        file.write(summary_text(checked, links=links))
