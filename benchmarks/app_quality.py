"""Can everybody use the preview? axe-core looks at every screen of it, light and dark.

Run `python -m benchmarks.app_quality`: Chromium, and npm for axe-core, which goes into a temporary
folder. Without them nothing is passed, and the exit code is 2; 1 means that something serious
was found.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from composer.web.preview.chosen import VIEWS
from tests.servers.forked import Nursery, forking
from tests.servers.previewing import newsletter, previewing

SERIOUS = ("serious", "critical")
ISSUE = "2026-014"
#: The letter in its frame is judged by `letter_quality`; here it is the app around it.
AROUND = "axe.run({exclude: [['iframe']]}, {iframes: false})"


def axe_source(folder: Path) -> str:
    """The source of axe-core, from npm."""
    command = [shutil.which("npm") or "", "install", "--silent", "--no-audit", "--no-fund"]
    subprocess.run(  # noqa: S603
        [*command, "--prefix", str(folder), "axe-core"], check=True, capture_output=True
    )
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    return source.read_text(encoding="utf-8")


def look(browser: Browser, address: str, path: str, script: str, scheme: str) -> list[str]:
    """What axe-core calls serious or critical on one page."""
    origin, _, token = address.partition("/issues/")[0], "", address.partition("token=")[2]
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,  # axe is put into a page that lets nothing in
    )
    page = context.new_page()
    page.goto(f"{origin}{path}{'&' if '?' in path else '?'}token={token}")
    page.wait_for_load_state("load")
    page.wait_for_timeout(700)
    page.evaluate(script)
    found = page.evaluate(AROUND)
    context.close()
    assert found["passes"], f"axe-core looked at nothing of {path}"
    return [
        f"{path} {scheme}: {v['id']} {[node['target'] for node in v['nodes']][:3]}"
        for v in found["violations"]
        if v["impact"] in SERIOUS
    ]


def screens(nursery: Nursery, site: Path) -> list[str]:
    """The paths of every screen, after a list was brought in and an issue was sent."""
    newsletter(nursery, site, "subscribers", "import", str(site / "subscribers.example.csv"))
    plan = json.loads(newsletter(nursery, site, "--json", "plan", "2026-015", "--segment", "board"))
    confirm = f"board {plan['recipients']}"
    words = ("send", "2026-015", "--segment", "board", "--confirm", confirm)
    mailing = json.loads(newsletter(nursery, site, "--json", *words))["mailing"]
    compared = [f"compare&against=commit&show={show}" for show in ("words", "html", "picture")]
    wrong = "/audience?rule=role+%3D%3D+%22board%22+andd&who=nobody@example.org"
    return [
        "/",
        "/nothing-here",
        *(f"/issues/{ISSUE}?view={view}" for view in (*VIEWS, *compared)),
        f"/issues/{ISSUE}?who=nobody-of-that-name",
        f"/issues/{ISSUE}/plan",
        f"/issues/{ISSUE}/plan?segment=everyone",
        f"/issues/{ISSUE}/test",
        "/audience?rule=role+%3D%3D+%22board%22&who=ana.diaz@example.org",
        wrong,
        "/mailings",
        f"/mailings/{mailing}",
        f"/mailings/{mailing}/report",
    ]


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium or not shutil.which("npm"):
        print("not measured, for want of Chromium or npm", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory() as temporary,
        sync_playwright() as playwright,
        forking() as nursery,
    ):
        folder = Path(temporary)
        script = axe_source(folder / "npm")
        browser = playwright.chromium.launch(executable_path=chromium)
        newsletter(nursery, folder, "init", str(folder / "site"))
        paths = screens(nursery, folder / "site")
        with previewing(nursery, folder / "site", ISSUE, "--allow-send") as preview:
            found = [
                line
                for path in paths
                for scheme in ("light", "dark")
                for line in look(browser, preview.address, path, script, scheme)
            ]
        browser.close()
    print("\n".join(found) or f"{len(paths)} pages, light and dark: nothing serious")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
