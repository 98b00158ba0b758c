"""`newsletter archive`: the issues that anybody may read, as a static site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from composer.cli.context import Context, pass_context


@click.group("archive")
def archive_group() -> None:
    """Publish the issues that anybody may read."""


@archive_group.command("build", short_help="Write the archive as files.")
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to write (default: public/ in the site's folder).",
)
@click.option(
    "--drafts", is_flag=True, help="With issues whose date is yet to come, and unwritten ones."
)
@pass_context
def build_command(context: Context, output: Path | None, *, drafts: bool) -> None:
    """Write the archive: pages, feeds, search and sitemap, as files for any web server.

    Issues are in it from their date on, unless their front matter says archive: members or
    archive: never, or a section of them is still to be written (issue/draft). Nothing in it is
    about one reader. A folder that holds other files is left alone.

    \b
    Example:
      newsletter archive build -o public
    """
    from composer.archive import build, due_issues
    from composer.archive.folder import write_archive

    site = context.site
    today = datetime.now(UTC).astimezone().date()
    until = today.replace(year=9999) if drafts else today
    issues = [site.read(path.parent.name) for path in site.issue_paths()]
    due = () if drafts else due_issues(issues, until=until)
    unwritten = [issue.id for issue in due if site.is_draft(issue)]
    archive = build(
        [i for i in issues if i.id not in unwritten], site.settings.newsletter, until=until
    )
    folder = context.folder / output if output else site.folder / "public"
    written = write_archive(archive, folder)
    noun = "issue" if archive.issues == 1 else "issues"
    context.result(
        f"{site.shown(folder)}: {archive.issues} {noun}, {len(archive.files)} files, "
        f"{written} of them new or changed",
        {
            "folder": site.shown(folder),
            "issues": archive.issues,
            "files": len(archive.files),
            "written": written,
            "drafts": unwritten,
        },
    )
    if unwritten:
        what = "is still a draft" if len(unwritten) == 1 else "are still drafts"
        context.say(f"Left out: {', '.join(unwritten)} {what} (issue/draft).")
