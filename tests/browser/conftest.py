"""One Chromium for all visual tests; they are skipped where it is not installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from composer.errors import ConfigError
from composer.snapshots.camera import find_chromium


def _chromium() -> str | None:
    """None where there is none; under CI, a run that would leave these tests out is no run."""
    try:
        return find_chromium(os.environ, "")
    except ConfigError:
        if os.environ.get("CI"):
            raise
        return None


CHROMIUM = _chromium()

#: `with show(html, width=320, dark=True) as page`
Show = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    """One for the whole process: a second one cannot run beside it."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(
        executable_path=CHROMIUM,
        args=["--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def show(browser: Browser) -> Show:
    idle: list[Page] = []  # a page costs more than what most tests ask of it

    @contextmanager
    def shown(html: str, *, width: int = 600, dark: bool = False) -> Iterator[Page]:
        page = idle.pop() if idle else browser.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_content(html)
        yield page
        idle.append(page)

    return shown
