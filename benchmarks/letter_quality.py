"""How good are the letters? SpamAssassin, axe-core and the Nu HTML checker judge the samples.

Run `make quality`, which also writes the table into README.md. SpamAssassin comes from Debian's
package `spamassassin`, axe-core and the Nu checker (vnu, needs Java) from npm; the packages are
put into a temporary folder. A tool that is not there is named, and the exit code is then 2:
nothing is passed that was not looked at.
Exit code 1: a letter misses a bound.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_MARKED = re.compile(r"(<!-- letter quality -->)\n.*?(<!-- end -->)", re.DOTALL)
#: Points that SpamAssassin may give to a letter, and a single rule to a letter.
MOST_SPAM, MOST_OF_ONE_RULE = 0.5, 1.0
#: axe-core asks for the landmarks of web pages, which mail has none of.
PAGE_RULES = ("landmark-one-main", "region", "page-has-heading-one")
SERIOUS = ("serious", "critical")
#: What the Nu checker says of every HTML mail: attributes that Outlook still needs, the names of
#: Microsoft's namespaces, and CSS that only mail programs know. No mail program acts on them.
MAIL_ONLY = (
    r"The “\S+” attribute on the “(table|td|tr|body|img|div|th)” element is obsolete",
    r"Attribute “(xmlns:\S+|border|bgcolor|align|valign|width|height)” not allowed",
    r"CSS: “(mso-\S+|-webkit-text-size-adjust|-ms-text-size-adjust|\S*text-size-adjust)”",
    r"CSS: .*(mso-|-ms-interpolation-mode|word-spacing|text-size-adjust)",
    r"Attribute with the local name “xmlns:\S+” is not serializable",
    r"The “border” attribute is obsolete",
    r"CSS: “supported-color-schemes”",  # Apple Mail's older name of color-scheme
    # x-apple-disable-message-reformatting has no content
    r"Element “meta” is missing one or more of the following attributes: “content”, “property”",
)


@dataclass(frozen=True, slots=True)
class Letter:
    name: str
    folder: Path

    @property
    def html(self) -> Path:
        return self.folder / "message.html"

    @property
    def message(self) -> Path:
        return self.folder / "message.eml"


def letters(folder: Path) -> Iterator[Letter]:
    """Every sample issue in each of its languages, rendered for nobody in particular."""
    for path in sorted((ROOT / "issues").glob("*/issue*.md")):
        locale = path.name.removeprefix("issue").removesuffix(".md").strip(".")
        name = f"{path.parent.name}{'.' + locale if locale else ''}"
        command = [sys.executable, "-m", "composer", "-C", str(ROOT), "render", path.parent.name]
        command += ["-o", str(folder / name), *(["--locale", locale] if locale else [])]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603
        yield Letter(name, folder / name)


def spam(letter: Letter) -> tuple[float, float, list[str]]:
    """SpamAssassin's score without the network, the worst rule's, and the rules that gave points.

    Rules about how a message travelled say nothing of a file that never did.
    """
    ran = subprocess.run(  # noqa: S603
        [shutil.which("spamassassin") or "", "-t", "-L"],
        stdin=letter.message.open("rb"),
        capture_output=True,
        check=True,
    )
    text = ran.stdout.decode("utf-8", "replace")
    rules = re.findall(r"^\s*(-?\d+\.\d+)\s+([A-Z][A-Z0-9_]+)", text, re.MULTILINE)
    told = {name: float(points) for points, name in rules if name not in TRAVEL}
    given = [f"{name} {points:+}" for name, points in told.items() if points > 0]
    return sum(told.values()), max(told.values(), default=0.0), given


#: They look at `Received` lines, which only a delivered message has.
TRAVEL = frozenset({"NO_RELAYS", "NO_RECEIVED", "ALL_TRUSTED"})


def axe(page: object, letter: Letter, script: str) -> list[str]:
    """What axe-core calls serious or critical, without its rules for web pages."""
    page.goto(letter.html.as_uri())  # type: ignore[attr-defined]
    page.evaluate(script)  # type: ignore[attr-defined]
    options = {"rules": {rule: {"enabled": False} for rule in PAGE_RULES}}
    found = page.evaluate("options => axe.run(document, options)", options)  # type: ignore[attr-defined]
    return [f"{v['id']} ({len(v['nodes'])})" for v in found["violations"] if v["impact"] in SERIOUS]


def html_errors(letter: Letter, jar: Path) -> list[str]:
    """The Nu checker's errors, without those that are about mail programs' own words."""
    command = [
        shutil.which("java") or "",
        "-jar",
        str(jar),
        "--format",
        "json",
        "--exit-zero-always",
    ]
    ran = subprocess.run([*command, str(letter.html)], capture_output=True, check=False)  # noqa: S603
    messages = json.loads(ran.stderr or b'{"messages": []}')["messages"]
    errors = [m["message"] for m in messages if m["type"] == "error"]
    return [text for text in errors if not any(re.search(rule, text) for rule in MAIL_ONLY)]


def tools(folder: Path) -> tuple[str, Path]:
    """The source of axe-core and the Nu checker's archive, from npm."""
    npm = shutil.which("npm")
    if not npm:
        return "", Path()
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    subprocess.run([*command, "axe-core", "vnu-jar"], check=True, capture_output=True)  # noqa: S603
    modules = folder / "node_modules"
    return (
        (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"),
        modules / "vnu-jar" / "build" / "dist" / "vnu.jar",
    )


def main() -> int:
    needed = {"spamassassin": "apt install spamassassin", "npm": "install Node.js", "java": "a JRE"}
    if missing := [f"{name} ({how})" for name, how in needed.items() if not shutil.which(name)]:
        print(f"not measured, for want of: {', '.join(missing)}", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    wrong = 0
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        script, jar = tools(Path(temporary) / "npm")
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = chromium.new_page(viewport={"width": 700, "height": 900})
        rows = ["| letter | SpamAssassin | its worst rule | axe, serious | HTML errors |"]
        rows.append("|---|---|---|---|---|")
        for letter in letters(Path(temporary)):
            score, worst, rules = spam(letter)
            serious = axe(page, letter, script)
            errors = html_errors(letter, jar)
            counts = f"{score:.1f} | {worst:.1f} | {len(serious)} | {len(errors)}"
            rows.append(f"| {letter.name} | {counts} |")
            for line in (*rules, *serious, *errors):
                print(f"  {letter.name}: {line}", file=sys.stderr)
            bad = score > MOST_SPAM or worst > MOST_OF_ONE_RULE or serious or errors
            wrong += bool(bad)
        chromium.close()
    print("\n".join(rows))
    if "--readme" in sys.argv:
        text = README.read_text(encoding="utf-8")
        table = "\n".join(rows)
        README.write_text(_MARKED.sub(lambda m: f"{m[1]}\n{table}\n{m[2]}", text), "utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
