"""The preview in Chromium with an issue of thirty sections: what an editor waits for, in this run.

From a save to the new word, the first paint, a grid of sixteen letters, and what a thousand saves
leave in memory: `python -m benchmarks.bench_preview [SAVES [MANY]]`.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from composer.snapshots.camera import find_chromium

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
#: Every letter of the grid has come, and two frames were drawn since.
GRID = """() => {
  window.gridAt = 0;
  const look = () => {
    const all = [...document.querySelectorAll(".mini iframe")];
    const here = all.filter((one) => one.contentDocument?.body?.textContent.includes("Terminal 30")
      && one.contentDocument.readyState === "complete");
    if (all.length && here.length === all.length) {
      const drawn = () => { window.gridAt = performance.now(); };
      requestAnimationFrame(() => requestAnimationFrame(drawn));
    } else requestAnimationFrame(look);
  };
  window.gridFrom = performance.now();
  document.querySelector('.tabs [data-key="7"]').click();
  requestAnimationFrame(look);
}"""
LETTERS = 16
#: Caches of a fixed size may still fill; a letter kept at every save would be ten times that.
MOST_GROWN_MB = 40
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


@dataclass(frozen=True)
class Bench:
    """A preview that runs, and the issue that is saved."""

    address: str
    server: int  #: the id of its process
    path: Path

    def save(self, page: Page, word: str, *, checked: bool = True) -> float:
        """Milliseconds from the save to the word on the screen."""
        page.evaluate(WATCH, word)
        content = text(word)
        began = time.time() * 1000
        self.path.write_text(content, encoding="utf-8")
        page.wait_for_function("() => window.seenAt", timeout=60_000)
        taken = float(page.evaluate("window.seenAt")) - began
        if checked:
            page.wait_for_function(CHECKED, timeout=60_000)
        return taken

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.server}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def heap_mb(page: Page) -> float:
    """What the page's script holds on to, after a collection."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    devtools.send("Performance.enable")
    told = devtools.send("Performance.getMetrics")["metrics"]
    devtools.detach()
    return float(next(one["value"] for one in told if one["name"] == "JSHeapUsedSize")) / 1e6


def shown(page: Page) -> None:
    page.wait_for_selector("body[data-shown]", timeout=60_000)


def saves(page: Page, bench: Bench, count: int) -> None:
    """Median, p95, and what of it was reading and rendering, in the server's own words."""
    for number in range(3):
        bench.save(page, f"warm{number}.")
    taken = sorted(bench.save(page, f"saved{number}.") for number in range(count))
    median, late = statistics.median(taken), taken[max(0, round(len(taken) * 0.95) - 1)]
    state = page.evaluate(f"fetch('/issues/{ISSUE}/state.json').then(a => a.json())")
    size, made = len(json.dumps(state)) / 1000, state["state"]["took_ms"]
    print(f"save to seen:      {median:5.0f} ms median, {late:.0f} ms p95, of {count} saves;")
    print(f"                   reading and rendering {made:.0f} ms, answer {size:.0f} kB")


def first_paint(browser: Browser, bench: Bench, count: int = 5) -> None:
    painted, seen = [], []
    for _ in range(count):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(bench.address)
        shown(page)
        paints = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0"
        page.wait_for_function(f"() => {paints}")
        painted.append(float(page.evaluate(paints)))
        seen.append(float(page.evaluate("performance.now()")))
        page.close()
    print(f"first paint:       {statistics.median(painted):5.0f} ms, the letter within ", end="")
    print(f"{statistics.median(seen):.0f} ms (medians of {count})")


def grid(browser: Browser, bench: Bench, count: int = 5) -> None:
    taken = []
    for _ in range(count):
        page = browser.new_page(viewport={"width": 1440, "height": 2400})
        page.goto(bench.address)
        shown(page)
        page.evaluate(GRID)
        page.wait_for_function("() => window.gridAt", timeout=60_000)
        taken.append(float(page.evaluate("window.gridAt - window.gridFrom")))
        letters = page.locator(".mini").count()
        assert letters == LETTERS, f"the grid has {letters} letters"
        page.close()
    print(f"grid:              {statistics.median(taken):5.0f} ms for {LETTERS} letters ", end="")
    print(f"(median of {count})")


def memory(page: Page, bench: Bench, count: int) -> None:
    """After a tenth of the saves everything has been loaded that ever is."""
    early, kept = 0.0, 0.0
    for number in range(count):
        bench.save(page, f"many{number}.", checked=False)
        if number == count // 10:
            page.wait_for_function(CHECKED, timeout=60_000)
            early, kept = bench.memory_mb(), heap_mb(page)
    page.wait_for_function(CHECKED, timeout=60_000)
    late, held = bench.memory_mb(), heap_mb(page)
    print(f"memory:            {early:5.0f} MB after {count // 10:,} saves, ", end="")
    print(f"{late:.0f} MB after {count:,}; the page's script {kept:.1f} MB, {held:.1f} MB")
    if late - early > MOST_GROWN_MB or held - kept > MOST_GROWN_MB / 8:
        raise SystemExit("the preview grows with every save: something keeps what was made")


@contextmanager
def preview(folder: Path) -> Iterator[Bench]:
    """Of a new site with the long issue and one persona."""
    site = folder / "site"
    run = [sys.executable, "-m", "composer"]
    subprocess.run([*run, "init", str(site)], check=True, capture_output=True)  # noqa: S603
    settings = site / "newsletter.toml"
    said = settings.read_text("utf-8").partition("[personas.")[0]
    settings.write_text(f'{said}\n[personas.reader]\nfirst_name = "Ana"\n', "utf-8")
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
    assert server.stdout is not None
    try:
        yield Bench(server.stdout.readline().strip(), server.pid, path)
    finally:
        began = time.perf_counter()
        server.send_signal(signal.SIGINT)
        server.wait(10)
        print(f"Ctrl-C, page open: {(time.perf_counter() - began) * 1000:5.0f} ms")


def main(count: int, many: int) -> int:
    chromium = find_chromium(os.environ, "")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        with preview(Path(folder)) as bench:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(bench.address)
            shown(page)
            saves(page, bench, count)
            first_paint(browser, bench)
            grid(browser, bench)
            memory(page, bench, many)
        browser.close()
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*words, *(40, 1000)[len(words) :]))
