"""Sending from the preview, as a person at a browser does it; and the pages about readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.conftest import CONFIG, ISSUE, SiteFolder
from tests.acceptance.previewing import previewing
from tests.servers.forked import Nursery

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path, nursery: Nursery) -> SiteFolder:
    site = SiteFolder(tmp_path / "site", nursery=nursery)
    site.write("newsletter.toml", CONFIG)
    site.write("issues/2026-014/issue.md", ISSUE)
    names = ("ana", "ben", "cleo", "dan", "eve")
    rows = [f"{name}@example.org,{name.title()},board" for name in names[:2]]
    rows += [f"{name}@example.org,{name.title()},reader" for name in names[2:]]
    assert site.subscribe(rows).code == 0
    return site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1024, "height": 800})
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: pytest.fail(f"the page's script failed: {error}"))
    yield page
    page.close()


def test_a_mailing_from_the_choice_of_a_segment_to_its_report(site: SiteFolder, page: Page) -> None:
    with previewing(site, "--allow-send") as (_, owner):
        page.goto(owner.address)
        page.goto(f"http://{owner.host}/issues/2026-014")
        page.get_by_role("link", name="Plan a send").click()
        page.get_by_label("Segment").select_option("everyone")
        page.get_by_label("At most").fill("120/min")
        page.get_by_role("button", name="Plan").click()
        expect(page.get_by_text("5 of 5 matched")).to_be_visible(timeout=30_000)

        page.get_by_label("This sends 5 real messages through outbox").fill("everyone 4")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text(
            "does not confirm this plan", timeout=30_000
        )
        assert site.mail == []

        page.get_by_label("This sends 5 real messages through outbox").fill("everyone 5")
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**/mailings/2026-014-everyone-*")
        # The page goes on by itself, without being loaded by us.
        done = "Done: all 5 messages were accepted."
        expect(page.locator("#words")).to_have_text(done, timeout=60_000)
        expect(page.locator("#proof")).to_contain_text("the books balance")
        page.get_by_role("link", name="Report").click()
        expect(page.locator("#proof")).to_have_text(re.compile(r"^5 = 5\s+the books balance$"))
    assert len(site.mail) == 5
    assert site.run("--json", "report").document["balanced"] is True


def test_a_rule_is_tried_while_it_is_typed(site: SiteFolder, page: Page) -> None:
    with previewing(site) as (_, owner):
        page.goto(owner.address)
        page.goto(f"http://{owner.host}/audience")
        rule = page.get_by_label("Rule", exact=True)

        rule.press_sequentially('role == "board"')
        expect(page.locator("#tried")).to_contain_text("2 matched", timeout=30_000)
        rule.press_sequentially(" andd")
        expect(page.locator("#tried mark")).to_be_visible(timeout=30_000)

        assert rule.evaluate("it => it === document.activeElement")
        assert "rule=" in page.url


def test_nothing_on_these_pages_is_wider_than_the_window(site: SiteFolder, page: Page) -> None:
    assert site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2").code == 0
    rule = "role+in+(" + "%22a-rather-long-name-of-a-role%22,+" * 12 + "%22b%22)+andd"
    with previewing(site, "--allow-send") as (_, owner):
        page.goto(owner.address)
        for path in (
            f"/audience?rule={rule}&who=ana@example.org",
            "/issues/2026-014/plan?segment=everyone",
            "/issues/2026-014/test",
            "/mailings",
        ):
            page.goto(f"http://{owner.host}{path}")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                wide = page.locator("main .page").evaluate("it => it.scrollWidth - it.clientWidth")
                assert wide <= 0, (path, scheme)
            nameless = page.locator(
                ":is(input:not([type=hidden]), select, textarea, button):visible"
            ).evaluate_all("all => all.filter(it => !(it.labels?.length || it.innerText)).length")
            assert nameless == 0, path
