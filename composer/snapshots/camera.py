"""Pictures of letters: Chromium without scripts, network or the machine's own taste in fonts."""

from __future__ import annotations

import base64
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from composer.errors import ConfigError
from composer.model.edition import InlineImage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright, Route

#: CSS pixels; one of them is one pixel of the picture.
WIDTHS = (375, 640)
SCHEMES = ("light", "dark")
#: Names a Chromium that is not where we look.
VARIABLE = "NEWSLETTER_CHROMIUM"
TIMEOUT_MS = 30_000

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PAGE = "http://letter.invalid/"
_ARGS = (
    "--disable-gpu",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_CID = re.compile(r"cid:([A-Za-z0-9@._-]+)")

#: Letters name fonts that few servers have. Liberation has the measures of Times, Arial and
#: Courier; where it is missing the picture says so by being different.
_FAMILIES = {
    "Liberation Serif": ("serif", "Georgia", "Times", "Times New Roman", "Cambria"),
    "Liberation Sans": ("sans-serif", "Arial", "Helvetica", "Segoe UI", "Verdana", "Roboto"),
    "Liberation Mono": ("monospace", "Courier New", "Consolas", "Menlo"),
}


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a letter."""

    scheme: str
    width: int

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}"


VIEWS = tuple(View(scheme, width) for scheme in SCHEMES for width in WIDTHS)


def find_chromium(environ: Mapping[str, str], own: str) -> str:
    """The path of a Chromium: the one of the variable, `own` (playwright's), or the system's.

    Raises:
        ConfigError: there is none.
    """
    if named := environ.get(VARIABLE):
        if not Path(named).is_file():
            raise ConfigError(f"{VARIABLE} names {named}, and there is no such file")
        return named
    found = (own if Path(own).is_file() else None, *map(shutil.which, _NAMES))
    for path in found:
        if path:
            return path
    raise ConfigError(
        "there is no Chromium to take pictures with",
        hint=f"playwright install chromium, or apt install chromium, or set {VARIABLE}=/path",
    )


@dataclass
class Camera:
    """An open browser."""

    version: str
    _context: BrowserContext
    _letter: str = ""

    def take(self, html: str, images: Sequence[InlineImage]) -> Iterator[tuple[View, bytes]]:
        """A PNG of the whole page for each view; the same bytes every time on one machine."""
        self._letter = with_pictures(html, images)
        page = self._context.new_page()
        try:
            for view in VIEWS:
                page.set_viewport_size({"width": view.width, "height": 800})
                page.emulate_media(color_scheme="dark" if view.scheme == "dark" else "light")
                page.goto(_PAGE, timeout=TIMEOUT_MS)
                png = page.screenshot(
                    full_page=True, animations="disabled", caret="hide", timeout=TIMEOUT_MS
                )
                yield view, png
        finally:
            page.close()

    def answer(self, route: Route) -> None:
        """The letter itself comes from memory; everything else is not there."""
        request = route.request
        if request.url == _PAGE and request.is_navigation_request():
            route.fulfill(body=self._letter, content_type="text/html; charset=utf-8")
        else:
            route.abort()


@contextmanager
def open_camera(environ: Mapping[str, str]) -> Iterator[Camera]:
    """Start Chromium; it is gone when the block ends.

    Raises:
        ConfigError: Playwright, Pillow or Chromium is missing, or it does not start.
    """
    try:
        import PIL  # noqa: F401, PLC0415 - only to know that it is there, before the pictures
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            f"pictures need {error.name}, which is not installed",
            hint="pip install 'newsletter-composer[screenshots]'",
        ) from error
    with sync_playwright() as playwright, TemporaryDirectory() as place:
        path = find_chromium(environ, playwright.chromium.executable_path)
        try:
            browser = _launch(playwright, path, Path(place))
        except Error as error:
            said = str(error).strip().splitlines()[0]
            raise ConfigError(f"{path} does not start: {said}") from error
        try:
            yield _camera(browser)
        finally:
            browser.close()


def _launch(playwright: Playwright, path: str, place: Path) -> Browser:
    fonts = place / "fonts.conf"
    fonts.write_text(_font_rules(place), "utf-8")
    environ = {name: value for name, value in os.environ.items() if name != "FONTCONFIG_PATH"}
    return playwright.chromium.launch(
        executable_path=path,
        args=list(_ARGS),
        timeout=TIMEOUT_MS,
        env={**environ, "FONTCONFIG_FILE": str(fonts)},
    )


def _camera(browser: Browser) -> Camera:
    context = browser.new_context(
        java_script_enabled=False,
        offline=True,
        service_workers="block",
        device_scale_factor=1,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    camera = Camera(browser.version, context)
    context.route("**/*", camera.answer)
    return camera


def with_pictures(html: str, images: Sequence[InlineImage]) -> str:
    """`html` with the pictures of the letter in it; a browser knows no `cid:`."""
    data = {
        image.cid: f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"
        for image in images
    }
    return _CID.sub(lambda match: data.get(match[1], match[0]), html)


def _font_rules(place: Path) -> str:
    """Fontconfig's rules for these pictures: no hinting, no colour fringes, known families."""
    families = "".join(
        f'<match target="pattern"><test name="family"><string>{asked}</string></test>'
        f'<edit name="family" mode="assign" binding="strong"><string>{given}</string></edit>'
        "</match>"
        for given, names in _FAMILIES.items()
        for asked in names
    )
    look = "".join(
        f'<edit name="{name}" mode="assign">{value}</edit>'
        for name, value in (
            ("antialias", "<bool>true</bool>"),
            ("hinting", "<bool>false</bool>"),
            ("hintstyle", "<const>hintnone</const>"),
            ("rgba", "<const>none</const>"),
        )
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        "<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
        "<dir>/System/Library/Fonts</dir><dir>/Library/Fonts</dir>"
        f"<cachedir>{place}</cachedir>{families}"
        f'<match target="font">{look}</match><match target="pattern">{look}</match></fontconfig>'
    )
