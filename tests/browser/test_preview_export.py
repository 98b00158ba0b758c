"""The preview as files, opened from the disk in a real browser: no server, no complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from composer.cli.main import main

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "preview"
    words = ["-C", str(ROOT), "preview", "2026-014", "--export", str(folder)]
    assert CliRunner().invoke(main, words).exit_code == 0
    return folder


def test_every_page_opens_from_the_disk_without_a_complaint_or_a_call(
    made: Path, browser: Browser
) -> None:
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    failed: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: failed.append(f"{request.url}: {request.failure}"))
    for name in (*made.glob("no-name.en.a.*.html"), *made.glob("[a-m]*s.html")):
        page.goto(name.as_uri(), wait_until="load")
    for many in ("grid.html", "compare.html"):  # many letters at once: a busy machine needs long
        page.goto((made / many).as_uri(), wait_until="networkidle", timeout=120_000)

    # What was still on its way when the page was left is no failure.
    assert [what for what in failed if "ERR_ABORTED" not in what] == said == []
    assert [url for url in asked if not url.startswith(made.as_uri())] == []
    page.close()


def test_the_letter_and_its_pictures_are_seen_in_the_chosen_scheme_and_width(
    made: Path, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto((made / "index.html").as_uri())
    letter = page.frame_locator("iframe.shown.light")
    letter.locator("h1, h2").first.wait_for()
    picture = letter.locator("img").first
    picture.scroll_into_view_if_needed()

    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.locator("label[for=scheme-dark]").click()
    page.locator("label[for=width-320]").click()
    dark = page.locator("iframe.shown.dark")

    assert dark.bounding_box()["width"] == 320  # type: ignore[index]  # it is visible
    assert page.locator("iframe.shown:visible").count() == 1
    page.close()
