"""`newsletter check`: find mistakes before a reader does."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from composer.checks.formats.checked import Checked, counted, tally
from composer.checks.formats.text import findings_text as plain_text
from composer.checks.link_codes import LINKS
from composer.checks.spam_codes import SPAM
from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit
from composer.cli.forms import ENDINGS, MACHINES, emit, emit_also, located, summarise, written
from composer.cli.show import findings_text
from composer.errors import SourceError, TemplateError
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue

FAILING = {"error": {Severity.ERROR}, "warning": set(Severity), "never": set[Severity]()}


def _codes(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Codes and families; several may stand in one word, with commas."""
    return tuple(name.strip() for word in given for name in word.split(",") if name.strip())


def _known_endings(
    _: click.Context, __: click.Parameter, given: tuple[Path, ...]
) -> tuple[Path, ...]:
    for path in given:
        if path.suffix not in ENDINGS:
            raise click.BadParameter(f"{path} ends in none of {', '.join(ENDINGS)}.")
    return given


@click.command("check")
@click.argument("names", nargs=-1, metavar="[ISSUE]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *MACHINES]),
    help="How findings are written (default: text).",
)
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the findings there, not to stdout.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    callback=_known_endings,
    help="Write them there too, as its name ends: .json, .sarif or .xml (JUnit).",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    help="What makes the exit code 1.",
)
@click.option("--select", multiple=True, metavar="CODE", callback=_codes, help="Only these checks.")
@click.option("--ignore", multiple=True, metavar="CODE", callback=_codes, help="Not these checks.")
@click.option("--links", is_flag=True, help="Ask the network whether links and images are alive.")
@click.option("--links-fresh", is_flag=True, help="As --links, but ask again what is remembered.")
@click.option("--spam", is_flag=True, help="Ask SpamAssassin on this machine what it thinks.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without asking, then check.")
@pass_context
def check_command(
    context: Context,
    names: tuple[str, ...],
    *,
    form: str | None,
    output: Path | None,
    also: tuple[Path, ...],
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    links: bool,
    links_fresh: bool,
    spam: bool,
    fix: bool,
) -> None:
    """Read and render ISSUEs and tell what is wrong with them.

    ISSUE is an issue (its folder's name, its folder or its file), the folder issues,
    newsletter.toml, a template of the site or a folder of these (email_templates), or a dot for
    all of it; when none is named, all of it is checked. Each finding has a file, a line and a
    column. Nothing is sent, and no network is used without --links.
    CODE is the code of a check (link/insecure) or a family (link); newsletter rules lists them.

    \b
    Examples:
      newsletter check
      newsletter check 2026-014 --fail-on warning
      newsletter check newsletter.toml email_templates
      newsletter check --select link,image --fix
      newsletter check --format sarif -o findings.sarif
      newsletter check --also findings.json --also findings.sarif
      newsletter check --links
      newsletter check 2026-014 --spam
    """
    from composer.checkup import Checkup, mend

    _answer_in(context, form, output, also)
    site = context.site
    checkup = Checkup.of(site, select, ignore)
    named = checkup.named(names or [str(site.folder.resolve())])
    asking = links or links_fresh or spam

    def look() -> list[Finding]:
        checkup.read.clear()
        checkup.silenced.clear()
        return checkup.of_named(named)

    found = look() if fix or not asking else []
    if fix:
        found = _mended(context, found, mend, look)
    if links or links_fresh:
        checkup = checkup.knowing(_asked(context, named.issues, fresh=links_fresh), LINKS)
    if spam:
        checkup = checkup.knowing(_judged(context, named.issues), SPAM)
    if asking:
        found = look()
    failing = frozenset(FAILING[fail_on])
    code = Exit.FINDINGS if any(f.severity in failing for f in found) else Exit.DONE
    files = {path: checkup.took.get(path, 0.0) for path in checkup.read}
    silenced = tuple(dict.fromkeys(checkup.silenced))
    _tell(context, Checked(found, files, failing=failing, exit_code=code, silenced=silenced))
    if code:
        raise click.exceptions.Exit(code)


def _answer_in(
    context: Context, form: str | None, output: Path | None, also: tuple[Path, ...]
) -> None:
    """What is found, and what goes wrong from here on, is told in this form and these places."""
    if context.json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} do not go together.")
    if form in MACHINES:
        context.form = form
    context.output = context.folder / output if output else None
    context.also = tuple(context.folder / path for path in also)


def _tell(context: Context, checked: Checked) -> None:
    if context.verbose:
        for path, found in checked.by_file().items():
            took_ms = checked.files.get(path, 0.0) * 1000
            context.say(f"{context.site.shown(path)}: {took_ms:.0f} ms, {tally(found)}")
    if context.form or context.also:
        checked = located(checked, os.environ)
        emit_also(context, checked)
    if context.form:
        emit(written(checked, context.form), context.output)
        if context.form == "github":
            summarise(checked, os.environ)
    elif context.output:
        text = plain_text(checked.findings)
        emit(f"{text}\n" if text else "", context.output)
    elif checked.findings:
        click.echo(findings_text(checked.findings))
    quiet = f" ({len(checked.silenced):,} silenced)" if checked.silenced else ""
    context.say(f"{counted(len(checked.files), 'file')} checked: {tally(checked.findings)}{quiet}")


#: One change can make room for the next; nothing needs more rounds than this.
ROUNDS = 5


def _mended(
    context: Context,
    found: list[Finding],
    mend: Callable[[Sequence[Finding]], list[Finding]],
    look: Callable[[], list[Finding]],
) -> list[Finding]:
    """Mend and look again until nothing changes; what is left."""
    for _ in range(ROUNDS):
        made = mend(found)
        for finding in made:
            context.say(f"mended {finding.path}:{finding.line}:{finding.column} [{finding.code}]")
        if not made:
            break
        found = look()
    return found


def _judged(context: Context, paths: Sequence[Path]) -> Sequence[Finding]:
    """What SpamAssassin says of the letters of those issues that can be rendered."""
    from composer.cli.progress import progress

    issues = _readable(context, paths)
    with progress(context, len(issues), "asking SpamAssassin") as advance:
        found: list[Finding] = []
        for issue in issues:
            with suppress(TemplateError):  # told by the checks themselves
                found += context.site.spam_findings(issue)
            advance(1)
    return found


def _readable(context: Context, paths: Sequence[Path]) -> list[Issue]:
    issues = []
    for path in paths:
        with suppress(SourceError):  # told by the checks themselves
            if issue := context.site.inspect(path).issue:
                issues.append(issue)
    return issues


def _asked(context: Context, paths: Sequence[Path], *, fresh: bool) -> Sequence[Finding]:
    """What the network says of the links of those issues that can be read."""
    from composer.cli.progress import progress

    issues = _readable(context, paths)
    check = context.site.link_check(issues, fresh=fresh)
    with progress(context, len(check.to_ask), "asking links") as advance:
        report = check.run(context.site.link_asker(), advance)
    context.say(f"links: {report.asked} asked, {report.remembered} remembered")
    for note in report.notes:
        context.say(f"links: {note}")
    return report.findings
