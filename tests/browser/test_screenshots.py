"""Pictures of letters: the same twice, different when something is, and a page to look at."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from composer.snapshots.camera import VIEWS
from tests.acceptance.conftest import CONFIG, ISSUE, Ran, SiteFolder
from tests.browser.conftest import CHROMIUM
from tests.servers.forked import Nursery

if TYPE_CHECKING:
    from tests.browser.conftest import Show

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="Chromium is not installed",
    ),
]

ONE_PERSONA = '\n[personas.ana]\nfirst_name = "Ana"\n'


@pytest.fixture
def site(tmp_path: Path, nursery: Nursery) -> SiteFolder:
    site = SiteFolder(tmp_path / "site", nursery=nursery)
    site.configure(ONE_PERSONA)
    site.write("issues/2026-014/issue.md", ISSUE)
    return site


def run(site: SiteFolder, *words: str) -> Ran:
    """In a process of its own: this one has a browser of the other tests open."""
    process = site.start(*words)
    out, err = process.communicate(timeout=300)
    return Ran(process.wait(), out, err)


TWICE = """
import sys
from composer.snapshots.camera import open_camera
letter = sys.stdin.read()
with open_camera({}) as camera:
    first, second = (list(camera.take(letter, ())) for _ in range(2))
assert first == second
print(*(view for view, png in first if png.startswith(b"\\x89PNG")))
"""


def test_the_same_letter_gives_the_same_bytes_and_runs_no_script(site: SiteFolder) -> None:
    letter = (
        "<!doctype html><html><body style='font-family: Georgia, serif'><p>Hello – ça va</p>"
        "<img src='https://news.example.org/pixel.png' alt='x'><script>for (;;) {}</script>"
        "<style>@import url(http://127.0.0.1:1/x.css);</style></body></html>"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", TWICE],
        input=letter,
        env=site.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.stdout.split() == [str(view) for view in VIEWS], done.stderr


def test_a_colour_that_changed_is_found_and_the_report_shows_it(
    site: SiteFolder, show: Show
) -> None:
    folder = site.folder / "issues" / "2026-014" / "snapshots" / "screenshots"
    assert run(site, "snapshot", "--screenshots", "--update").code == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"index.json", *(f"ana.en.{view}.png" for view in VIEWS)}
    clean = run(site, "snapshot", "--screenshots")
    assert clean.code == 0, clean.err
    assert "4 pictures, 0 not as approved" in clean.err

    site.write("newsletter.toml", CONFIG + ONE_PERSONA + '\n[theme]\naccent = "#a0185a"\n')
    ran = run(site, "--json", "snapshot", "--screenshots")

    assert ran.code == 1
    changed = {picture["name"] for picture in ran.document["issues"][0]["pictures"]}
    assert changed == {"ana.en.light-375", "ana.en.light-640"}
    page = (site.folder / ".newsletter" / "snapshots" / "report.html").read_text("utf-8")
    assert not re.search(r"<script|https?://(?!news\.example|portal\.example)", page)
    with show(page, width=1200) as shown:
        assert shown.locator("h2").inner_text() == "2026-014"
        assert shown.locator("figcaption").all_inner_texts() == [
            "before", "after", "what differs"
        ] * 2  # fmt: skip
        sizes = shown.evaluate("[...document.images].map(i => [i.naturalWidth, i.naturalHeight])")
        assert all(width in (375, 640) and height > 300 for width, height in sizes)
        assert "#a0185a" in shown.locator("pre").inner_text()

    assert run(site, "snapshot", "--screenshots", "--update").code == 0
    # A persona that went takes its pictures along.
    (folder / "gone.en.light-375.png").write_bytes(b"x")
    ran = run(site, "snapshot", "--screenshots")
    assert ran.code == 1
    assert "picture gone.en.light-375 is left-over" in ran.err
    assert "5 pictures, 1 not as approved" in ran.err
    assert run(site, "snapshot", "--screenshots", "--update").code == 0
    assert {path.name for path in folder.iterdir()} == names


def test_a_chromium_that_is_not_there_is_one_clear_error(site: SiteFolder) -> None:
    site.environ["NEWSLETTER_CHROMIUM"] = "/nowhere/chromium"

    ran = run(site, "snapshot", "--screenshots")

    assert ran.code == 4
    assert "NEWSLETTER_CHROMIUM names /nowhere/chromium" in ran.err
