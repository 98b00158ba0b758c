"""How near our MJML comes to npm's, in pixels: for each template of a folder, at two widths.

python -m benchmarks.mjml_fidelity FOLDER        (needs npm, Chromium and the network)

FOLDER holds `.mjml` files, as the templates of https://github.com/mjmlio/email-templates. Both
letters are shown with the network off, so that pictures count with the room they take.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.npm import node_folder, run
from composer.errors import ComposerError, Place
from composer.rendering.attributes import safe_attributes
from composer.rendering.inlining import inline
from composer.rendering.mjml import compile_mjml

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDTHS = (700, 375)
#: More than this share of pixels is worth a look.
NEAR_PERCENT = 0.5
#: A pixel counts when one of its colours differs by more than this; letters' edges tremble.
TOLERANCE = 8

NPM = """
const plain = (name) => require(name).default || require(name);
const compile = plain("mjml"), juice = plain("juice");
(async () => {
  const made = {};
  for (const [name, text] of Object.entries(input)) {
    let html;
    try { ({ html } = await compile(text, { validationLevel: "skip", fonts: {} })); }
    catch (error) { made[name] = null; continue; }
    // Left to itself, juice makes height="auto" of a picture's height, and the room for it is lost.
    const kept = { applyWidthAttributes: false, applyHeightAttributes: false };
    made[name] = juice(html, { preserveImportant: true, removeStyleTags: false, ...kept });
  }
  console.log(JSON.stringify({ version: require("mjml/package.json").version, made }));
})();
"""

COUNT = """async ([one, other, tolerance]) => {
  const pixels = async (data) => {
    const bitmap = await createImageBitmap(await (await fetch(data)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const a = await pixels(one), b = await pixels(other);
  const height = Math.max(a.height, b.height), shared = Math.min(a.height, b.height);
  let differing = (height - shared) * a.width;
  for (let i = 0; i < shared * a.width * 4; i += 4)
    if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > tolerance)) differing++;
  return 100 * differing / (height * a.width);
}"""


def ours(text: str, path: Path) -> str:
    """The letter as we compile and inline it."""
    place = Place(path)
    return inline(compile_mjml(safe_attributes(text), lambda _: None, place), place)


def main(folder: str) -> None:
    from playwright.sync_api import sync_playwright

    texts = {path.name: path.read_text("utf-8") for path in sorted(Path(folder).glob("*.mjml"))}
    with node_folder() as node:
        if node is None:
            print("npm or its registry is out of reach: nothing to compare with")
            return
        theirs = run(node, NPM, texts)
    print(f"npm mjml {theirs['version']}, {len(texts)} templates; differing pixels in percent")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        near = 0
        known = {name: text for name, text in texts.items() if theirs["made"][name] is not None}
        for name, text in known.items():
            said, is_near = compared(browser, text, Path(folder) / name, theirs["made"][name])
            near += is_near
            print(f"{name:36} {said}")
        browser.close()
    refused = len(texts) - len(known)
    print(f"{near} of {len(known)} within {NEAR_PERCENT} %; {refused} that npm refuses")


def compared(browser: Browser, text: str, path: Path, theirs: str) -> tuple[str, bool]:
    """What to print of one template, and whether it is near enough."""
    try:
        mine = ours(text, path)
    except ComposerError as error:
        return f"refused: {error.problem}", False
    found = [difference(browser, (mine, theirs), width) for width in WIDTHS]
    shares = "  ".join(
        f"{width} px {share:6.2f}" for width, share in zip(WIDTHS, found, strict=True)
    )
    return shares, max(found) <= NEAR_PERCENT


def difference(browser: Browser, letters: Sequence[str], width: int) -> float:
    """The share of pixels, in percent, that differ between two letters."""
    pictures = []
    for html in letters:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=False, offline=True
        )
        page = context.new_page()
        page.set_content(html, wait_until="load")
        shot = base64.b64encode(page.screenshot(full_page=True)).decode()
        pictures.append(f"data:image/png;base64,{shot}")
        context.close()
    page = browser.new_page()
    share = float(page.evaluate(COUNT, [*pictures, TOLERANCE]))
    page.close()
    return share


if __name__ == "__main__":
    main(sys.argv[1])
