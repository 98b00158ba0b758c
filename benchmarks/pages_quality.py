"""Can everybody use the readers' pages? axe-core looks at each of them, light and dark.

Run `python -m benchmarks.pages_quality`: Chromium, and npm for axe-core, which goes into a
temporary folder. The exit code is 1 when something serious was found.
"""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.app_quality import SERIOUS, axe_source
from composer.snapshots.camera import find_chromium
from composer.web.public.door import public_app
from composer.web.public.guard import Flood
from composer.web.public.shelf import Shelf
from tests.servers.public import on_a_port
from tests.unit.public.sites import PUBLIC, TOML, House, with_issues


def paths_of(house: House) -> list[str]:
    """Every page that a reader may come to by a link."""
    token, gone = house.join(topics="energy"), house.join("gone@example.net")
    house.front.site.database.leaving.leave(gone, "page", house.front.stamp)
    house.ask("bo@example.net")
    (mail,) = house.mails()
    return [
        *("/subscribe", house.link(mail), f"/u/{token}", "/nothing-here"),
        *(f"/preferences/{token}", f"/preferences/{gone}"),
        *("/archive/", "/archive/2026-014/", "/archive/category/ports-and-shipping/"),
    ]


def look(browser: Browser, address: str, script: str, dark: bool) -> list[str]:
    """What axe-core calls serious or critical on one page."""
    context = browser.new_context(
        viewport={"width": 375, "height": 800},
        color_scheme="dark" if dark else "light",
        bypass_csp=True,  # axe is put into a page that lets nothing in
    )
    page = context.new_page()
    page.goto(address)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.evaluate(script)
    found = page.evaluate("axe.run()")
    context.close()
    assert found["passes"], f"axe-core looked at nothing of {address}"
    return [
        f"{address}: {v['id']} {[node['target'] for node in v['nodes']][:3]}"
        for v in found["violations"]
        if v["impact"] in SERIOUS
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        script = axe_source(Path(folder))
        house = House.at(with_issues(Path(folder) / "site"), TOML + PUBLIC)
        Shelf(house.front.site).refresh()
        paths = paths_of(house)
        chromium = find_chromium(os.environ, driver.chromium.executable_path)
        browser = driver.chromium.launch(executable_path=chromium)
        with on_a_port(public_app(house.front, flood=Flood(most=10**9))) as address:
            ways = list(product(paths, ("en", "ar"), (False, True)))
            found = [
                text
                for path, lang, dark in ways
                for text in look(browser, f"{address}{path}?lang={lang}", script, dark)
            ]
        browser.close()
    print(f"{len(ways)} looks at {len(paths)} pages: {len(found)} serious or critical")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
