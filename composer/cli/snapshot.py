"""`newsletter snapshot`: is every issue still what was approved?"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from composer.cli.context import Context, json_text, pass_context
from composer.cli.exits import Exit

if TYPE_CHECKING:
    from composer.approval import Approval
    from composer.snapshots.judge import Verdict

FORMATS = ("text", "markdown", "json")


@click.command("snapshot")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@click.option("--update", is_flag=True, help="Approve what is there now: write it.")
@click.option("--screenshots", is_flag=True, help="Compare pictures as well, in Chromium.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", help="How changes are written."
)
@pass_context
def snapshot_command(
    context: Context, issues: tuple[str, ...], form: str, *, update: bool, screenshots: bool
) -> None:
    """Render ISSUEs (or all) for every persona and compare them with what was approved.

    The approved HTML, text and headers are files in issues/NAME/snapshots/, to be committed.
    What differs is told by section and word; the exit code is then 1. Without --update
    nothing that is approved is ever written.

    --screenshots (pip install 'newsletter-composer[screenshots]') also compares pictures, light
    and dark, narrow and wide, and writes .newsletter/snapshots/report.html to look at.

    \b
    Examples:
      newsletter snapshot
      newsletter snapshot 2026-014 --update
      newsletter snapshot --format markdown >> "$GITHUB_STEP_SUMMARY"
    """
    from composer.approval import Approval

    site = context.site
    paths = [site.issue_path(name) for name in issues] or site.issue_paths()
    approval = Approval(site)
    verdicts = _looked(approval, paths, update=update, screenshots=screenshots)
    _print(context, approval, verdicts, form)
    troubled = [verdict for verdict in verdicts if not verdict.clean]
    _say(context, approval, verdicts, troubled, update=update)
    if screenshots:
        _say_pictures(context, approval, verdicts)
    other = not all(gallery.clean for gallery in approval.galleries)
    if approval.broken or ((troubled or other) and not update):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _looked(
    approval: Approval, paths: Sequence[Path], *, update: bool, screenshots: bool
) -> list[Verdict]:
    if not screenshots:
        return list(approval.look(paths, update=update))
    from composer.snapshots.camera import open_camera

    with open_camera(os.environ) as camera:
        approval.camera = camera
        return list(approval.look(paths, update=update))


def coloured(ctx: click.Context) -> bool:
    """Whether the result may carry colours: asked for, or on a terminal."""
    return sys.stdout.isatty() if ctx.color is None else ctx.color


def verdicts_text(verdicts: Sequence[Verdict], form: str, *, colours: bool) -> str:
    """The differences as `form` wants them: `text` or `markdown`."""
    from composer.snapshots import telling

    plain = telling.COLOURED if colours else telling.PLAIN
    return telling.told(verdicts, telling.MARKDOWN if form == "markdown" else plain)


def _print(context: Context, approval: Approval, verdicts: Sequence[Verdict], form: str) -> None:
    if form == "json" or context.json:
        from composer.snapshots.document import document

        shown = [approval.site.shown(path) for path in approval.written]
        broken = [{"issue": b.issue_id, "error": b.error.problem} for b in approval.broken]
        found = document(verdicts, approval.galleries)
        clean = bool(found.pop("clean")) and not broken
        click.echo(json_text({"clean": clean, **found, "broken": broken, "written": shown}))
    elif text := verdicts_text(verdicts, form, colours=coloured(click.get_current_context())):
        click.echo(text)


def _say_pictures(context: Context, approval: Approval, verdicts: Sequence[Verdict]) -> None:
    version = approval.camera.version if approval.camera else ""
    for gallery in approval.galleries:
        for frame in gallery.troubled:
            note = f": {frame.note}" if frame.note else ""
            context.say(f"{gallery.issue_id}: picture {frame.name} is {frame.state}{note}")
        if gallery.browser not in ("", version) and not gallery.clean:
            context.say(
                f"{gallery.issue_id}: its pictures were approved with Chromium {gallery.browser}, "
                f"this is {version}: it may be the browser that differs"
            )
    pictures = sum(len(gallery.frames) for gallery in approval.galleries)
    changed = sum(len(gallery.troubled) for gallery in approval.galleries)
    path = approval.site.shown(approval.report(verdicts))
    context.say(f"{_count(pictures, 'picture')}, {changed:,} not as approved: {path}")


def _say(
    context: Context,
    approval: Approval,
    verdicts: Sequence[Verdict],
    troubled: Sequence[Verdict],
    *,
    update: bool,
) -> None:
    for broken in approval.broken:
        click.echo(f"{broken.issue_id}: cannot be rendered\n{broken.error}", err=True)
    lost = _count(len(approval.broken), "issue")
    if approval.broken and not verdicts:
        context.say(f"{lost} cannot be rendered: nothing was compared")
        return
    for path in approval.written:
        verb = "wrote" if path.exists() else "deleted"
        context.say(f"{verb} {approval.site.shown(path)}")
    renditions = sum(verdict.renditions for verdict in verdicts)
    said = f"{_count(len(verdicts), 'issue')}, {_count(renditions, 'rendition')}"
    said = f"{lost} cannot be rendered; {said}" if approval.broken else said
    if not troubled:
        context.say(f"{said}: all as approved")
    elif update:
        context.say(f"{said}: approved as they are now")
    else:
        context.say(f"{said}: {_count(len(troubled), 'issue')} not as approved")
        context.say(f"  hint: read the changes; newsletter snapshot --update approves them{_ci()}")


def _ci() -> str:
    return ", on your own machine" if os.environ.get("CI") else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
