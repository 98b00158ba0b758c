"""Takes the pictures of README and docs: the sample issue as readers get it, and the preview.

Run it from the root of a checkout: `python benchmarks/take_pictures.py`. It needs Chromium, and
Georgia or its metric twin Gelasio, or the letter is set in another serif.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from benchmarks.pages_pictures import shots
from benchmarks.preview_pictures import pictures, small
from benchmarks.report_pictures import report_shot
from composer.model.edition import EditionKey
from composer.rendering.encoders import fill
from composer.site import Site
from composer.snapshots.camera import find_chromium

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "monitor.png"
ISSUE = "2026-014"
READER = {
    "subscriber.first_name": "Mira",
    "subscriber.role": "reader",
    "unsubscribe_url": "https://news.example.org/u/0",
    "preferences_url": "https://news.example.org/preferences/0",
}
#: A letter in a window, and a phone lying over its corner.
SCENE = """<!DOCTYPE html><style>
body {{ position: relative; width: 1200px; height: 860px; margin: 0; overflow: hidden;
  background: #e7e2d8; }}
.window {{ position: absolute; left: 72px; top: 56px; width: 720px; overflow: hidden;
  border-radius: 10px; box-shadow: 0 1px 2px #0002, 0 24px 60px #4a3f2a33; }}
.bar {{ height: 36px; border-bottom: 1px solid #ddd7ca; background: #f6f3ec; }}
.bar i {{ float: left; width: 11px; height: 11px; margin: 12px -2px 0 12px; border-radius: 50%;
  background: #d3ccbe; }}
.phone {{ position: absolute; right: 72px; top: 120px; width: 375px; overflow: hidden;
  border: 9px solid #2b2925; border-radius: 44px;
  box-shadow: 0 2px 4px #0003, 0 30px 70px #4a3f2a66; }}
img {{ display: block; width: 100%; }}
</style>
<div class="window"><div class="bar"><i></i><i></i><i></i></div><img src="{desk}"></div>
<div class="phone"><img src="{phone}"></div>"""
#: Where the phone has been scrolled to, and how far below its upper edge that stands.
SCROLLED = "() => scrollTo(0, document.querySelector('h2').getBoundingClientRect().top - 46)"


def letter() -> str:
    """The sample issue as one reader gets it, its pictures in the same file."""
    site = Site.find(ROOT, {})
    edition = site.compile(site.read(ISSUE), EditionKey("en", "a"))
    html = fill(edition.html, READER)
    for part in edition.images:
        html = html.replace(f"cid:{part.cid}", data_url(part.media_type, part.data))
    return html


def data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def shot(browser: Browser, html: str, size: tuple[int, int], *, phone: bool = False) -> bytes:
    """A picture of `size` CSS pixels at double density; a phone is dark, and scrolled."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if phone else "light",
        device_scale_factor=2,
    )
    page.set_content(html)
    if phone:
        page.evaluate(SCROLLED)
    taken = page.screenshot()
    page.close()
    return taken


def compose(browser: Browser, html: str) -> bytes:
    """The picture: the letter in light on a desk and in dark on a phone."""
    desk = shot(browser, html, (720, 824))
    phone = shot(browser, html, (375, 780), phone=True)
    return scene(browser, desk, phone)


def scene(browser: Browser, desk: bytes, phone: bytes) -> bytes:
    """A picture of a window, and of a phone that lies over its corner."""
    page = SCENE.format(desk=data_url("image/png", desk), phone=data_url("image/png", phone))
    return shot(browser, page, (1200, 860))


def main() -> int:
    chromium = find_chromium(os.environ, "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        picture = compose(browser, letter())
        browser.close()
        # The preview is on this machine; other hosts stay out of reach.
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        with TemporaryDirectory() as place:
            taken = dict(pictures(browser, ROOT, Path(place)))
            taken["report.png"] = small(report_shot(browser, Path(place)))
            taken["pages.png"] = small(scene(browser, *shots(browser, Path(place))))
        browser.close()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(picture)
    print(f"{PICTURE.relative_to(ROOT)}: {len(picture) // 1024} kB")
    for name, png in taken.items():
        (PICTURE.parent / name).write_bytes(png)
        print(f"docs/pictures/{name}: {len(png) // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
