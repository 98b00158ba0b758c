"""From a save to the new word in Chromium, for an issue of thirty sections: times of this run.

python benchmarks/bench_preview.py [SAVES]
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
ISSUE = "2026-030"
#: A save is seen when two frames were drawn since the word stood in the letter.
WATCH = """word => {
  window.seenAt = 0;
  const look = () => {
    const page = document.getElementById("letter").contentDocument;
    if (page.body.textContent.includes(word)) {
      requestAnimationFrame(() => { window.seenAt = performance.timeOrigin + performance.now(); });
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
#: People do not save again before the checks of a save are through.
CHECKED = """() =>
  document.getElementById("found").dataset.version === document.body.dataset.shown"""
_PROSE = (
    "Crane crews at the two northern terminals stopped loading for nine hours on Tuesday, and "
    "the port authority, which counts six, says that the timetable of the coming week will hold "
    "all the same; the harbour master, asked twice, did not want to say for how long."
)


def text(word: str) -> str:
    """Thirty sections of two paragraphs, a citation each, tables and notes among them."""
    parts = [f"---\ntitle: Thirty\ndate: 2026-12-01\n---\n\nDear reader,\n\nThe word is {word}.\n"]
    for number in range(1, 31):
        parts.append(f"## What Happened at Terminal {number}\n\n{_PROSE}\n")
        parts.append(
            f"{_PROSE} See [the log](https://harbour.example/{number}). "
            "(*The Quay Gazette*, November 18, 2026)\n"
        )
        if number % 5 == 0:
            parts.append("| Port | Boxes |\n|:--|--:|\n| Lindö | 112 |\n| Varsund | 104 |\n")
        if number % 7 == 0:
            parts.append(":::note\nThe gate log counts six.\n:::\n")
    return "\n".join(parts)


def measure(page: Page, path: Path, saves: int) -> list[float]:
    """Milliseconds of each save."""
    taken = []
    for number in range(saves):
        word = f"saved{number}."
        page.evaluate(WATCH, word)
        content = text(word)
        began = time.time() * 1000
        path.write_text(content, encoding="utf-8")
        page.wait_for_function("() => window.seenAt", timeout=30_000)
        taken.append(float(page.evaluate("window.seenAt")) - began)
        page.wait_for_function(CHECKED, timeout=30_000)
    return taken


def pace(page: Page) -> str:
    """What of it was reading and rendering, in the server's own words."""
    state = page.evaluate(f"fetch('/issues/{ISSUE}/state.json').then(a => a.json())")
    size = len(json.dumps(state)) / 1000
    return f"reading and rendering {state['state']['took_ms']:.0f} ms, answer {size:.0f} kB"


def main(saves: int) -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        print("Chromium is not installed; set CHROMIUM to its path", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        run = [sys.executable, "-m", "composer"]
        subprocess.run([*run, "init", str(site)], check=True, capture_output=True)  # noqa: S603
        path = site / "issues" / ISSUE / "issue.md"
        path.parent.mkdir()
        path.write_text(text("new."), encoding="utf-8")
        server = subprocess.Popen(  # noqa: S603 - ourselves
            [*run, "preview", ISSUE, "--port", "0"],
            cwd=site,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium,
                    args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
                )
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(address)
                page.wait_for_selector("body[data-shown]")
                measure(page, path, 3)
                taken = sorted(measure(page, path, saves))
                told = pace(page)
                browser.close()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(10)
    median, late = statistics.median(taken), taken[int(len(taken) * 0.9) - 1]
    print(f"save to seen, 30 sections: {median:4.0f} ms median, {late:4.0f} ms for 90 %; {told}")
    print(f"load of this machine:      {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
