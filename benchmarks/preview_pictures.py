"""The preview's faces for README and docs: taken from `newsletter preview` as it runs.

The site is a copy of the sample, with a mistake in one issue so that findings are seen.
"""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

WINDOW = (1440, 900)
MOST_BYTES = 250_000
#: The file's name, the path and the query of the page, and whether it is dark.
VIEWS = (
    ("preview-issue", "/issues/2026-014", False),
    ("preview-issue-dark", "/issues/2026-014?scheme=dark", True),
    ("preview-grid", "/issues/2026-014?view=grid", False),
    ("preview-inbox", "/issues/2026-014?view=inbox", False),
    ("preview-compare", "/issues/2026-014?view=compare&against=commit", False),
    ("preview-audience", "/audience", False),
)
#: Two changes since the commit, and something for the checks to say.
CHANGES = (
    ("for nine\nhours", "for nine hours"),
    (" nine hours ", " eleven hours "),
    ("A Quiet Tariff", "A Loud Tariff"),
)
EXTRA = "\nThe tables are [here](http://example.org/tables).\n\n## "


def pictures(browser: Browser, root: Path, place: Path) -> Iterator[tuple[str, bytes]]:
    """Name and PNG of each view; `place` is an empty folder for the copy of the site."""
    with _preview(_copy(root, place)) as address:
        for name, path, dark in VIEWS:
            page = browser.new_page(
                viewport={"width": WINDOW[0], "height": WINDOW[1]},
                color_scheme="dark" if dark else "light",
            )
            page.goto(address)
            page.goto(address.partition("?")[0].rstrip("/") + path)
            _settle(page)
            yield f"{name}.png", small(page.screenshot())
            page.close()


def _copy(root: Path, place: Path) -> Path:
    site = place / "site"
    site.mkdir()
    for name in ("newsletter.toml", "issues", "email_templates"):
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, site / name)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "The sample"]):
        who = ("-c", "user.name=Mira", "-c", "user.email=mira@example.org")
        subprocess.run(["git", *who, *words], cwd=site, check=True)  # noqa: S603, S607 - our words
    _newsletter(site, "subscribers", "import", str(root / "subscribers.example.csv"))
    issue = site / "issues" / "2026-014" / "issue.md"
    text = issue.read_text("utf-8")
    for old, new in CHANGES:
        text = text.replace(old, new)
    issue.write_text(text.replace("\n## ", EXTRA, 1), "utf-8")
    return site


def _newsletter(site: Path, *words: str) -> None:
    command = [sys.executable, "-m", "composer", "-C", str(site), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves


@contextmanager
def _preview(site: Path) -> Iterator[str]:
    """The address with its key, while the preview runs."""
    command = [sys.executable, "-m", "composer", "-C", str(site), "--quiet", "preview"]
    running = subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    try:
        yield running.stdout.readline().strip()
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(10)
        running.stdout.close()


def _settle(page: Page) -> None:
    if page.locator("body[data-issue]:not([data-issue=''])").count():
        page.locator("body[data-shown]").wait_for(state="attached")
    if page.locator("#found").count():
        page.locator("#found[data-version]").wait_for(state="attached")
    if page.locator(".overlay").count():
        raise SystemExit(f"{page.url} shows a mistake: {page.locator('.overlay').inner_text()}")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1000)  # the frames of a grid come one after the other


def small(png: bytes) -> bytes:
    """The picture in as few bytes as it takes, and never more than `MOST_BYTES`."""
    with Image.open(io.BytesIO(png)) as image:
        out = io.BytesIO()
        image.convert("RGB").save(out, "PNG", optimize=True)
    data = out.getvalue()
    if len(data) > MOST_BYTES:
        raise SystemExit(f"a picture has {len(data):,} bytes, {MOST_BYTES:,} are the most")
    return data
