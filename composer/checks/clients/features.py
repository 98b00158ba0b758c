"""What breaks a letter where it is not supported, and how it is recognised.

The names are caniemail's. A feature is either in `BREAKING`, with a detector and something to
do instead, or in `harmless.HARMLESS`: without it the letter is plainer and nobody misses a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from composer.checks.clients.seen import Declaration, Element, Seen

#: What was found, as it may be searched for in the sources.
Signs = Iterator[str]


@dataclass(frozen=True, slots=True)
class Detector:
    """Looks at one element, at one declaration of its `style`, or at all sheets together.

    So what is known of an element holds wherever the same one stands again.
    """

    element: Callable[[Element], Signs] | None = None
    declaration: Callable[[Declaration], Signs] | None = None
    sheets: Callable[[str], Signs] | None = None

    def of_element(self, found: Element) -> Signs:
        """What an element shows of it, its `style` included."""
        if self.element:
            yield from self.element(found)
        if self.declaration:
            for said in found.style:
                yield from self.declaration(said)


@dataclass(frozen=True, slots=True)
class Feature:
    """`family` is `css`, `html` or `image`; `instead` is what to do."""

    slug: str
    detector: Detector
    instead: str
    missing: str = "n"  #: the values of the table that break it; `an` where partly is too little

    @property
    def family(self) -> str:
        return self.slug.partition("-")[0]


def declared(*names: str, value: str = "") -> Detector:
    """A declaration of one of these properties whose value has the pattern `value` in it.

    One that replaces a plainer value of the same property is a fallback's better half.
    """
    pattern = re.compile(value)

    def detect(said: Declaration) -> Signs:
        fits = not names or said.name in names
        if fits and pattern.search(said.value) and not _falls_back(said, pattern):
            yield f"{said.name}:{said.value}"

    return Detector(declaration=detect)


def _falls_back(said: Declaration, pattern: re.Pattern[str]) -> bool:
    return bool(said.fallback) and bool(pattern.pattern) and not pattern.search(said.fallback)


def hidden_by(name: str, value: str) -> Detector:
    """An element that only this declaration hides."""

    def detect(found: Element) -> Signs:
        if re.fullmatch(value, found.says(name)) and found.says("display") != "none":
            yield f"{name}:{found.says(name)}"

    return Detector(detect)


def in_sheets(pattern: str) -> Detector:
    """Something in a style sheet."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def detect(css: str) -> Signs:
        if match := compiled.search(css):
            yield match[0]

    return Detector(sheets=detect)


def element(*names: str, **attributes: str) -> Detector:
    """An element, by name and by patterns that its attributes match as a whole."""
    wanted = {key.rstrip("_").replace("_", "-"): re.compile(p) for key, p in attributes.items()}

    def detect(found: Element) -> Signs:
        given = found.attributes
        if found.name in names and all(
            key in given and pattern.fullmatch(given[key].lower())
            for key, pattern in wanted.items()
        ):
            yield f"<{found.name}"

    return Detector(detect)


def picture(pattern: str) -> Detector:
    """A picture whose address has the pattern in it."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def detect(found: Element) -> Signs:
        for key in ("src", "background"):
            address = found.attributes.get(key, "")
            if compiled.search(address):
                yield address

    return Detector(detect)


def bare_background(kind: str) -> Detector:
    """A background of that kind (`url`, `linear-gradient`) without a colour behind it."""

    def detect(found: Element) -> Signs:
        shorthand, image = found.says("background"), found.says("background-image")
        if f"{kind}(" in shorthand or f"{kind}(" in image:
            colour = found.says("background-color") or found.attributes.get("bgcolor", "")
            if not colour and not _COLOUR.search(_plain(shorthand)):
                yield "background-image" if image else "background"

    return Detector(detect)


_COLOUR = re.compile(r"#[0-9a-f]{3}|\b[a-z]{3,}\b")
_NO_COLOUR = re.compile(
    r"[\w-]+\((?:[^()]++|\([^()]*\))*\)"
    r"|\b(?:no-repeat|repeat(?:-[xy])?|center|top|left|right|bottom|cover|contain|scroll|none)\b"
)


def _plain(background: str) -> str:
    """What of a `background` may be a colour."""
    return _NO_COLOUR.sub(" ", background[:999])


def _wide_picture(found: Element) -> Signs:
    """A picture that only CSS keeps from being as wide as its file."""
    if found.name == "img" and found.says("max-width") and "width" not in found.attributes:
        yield "max-width"


def _offsets(found: Element) -> Signs:
    if found.says("position") in {"absolute", "fixed", "sticky"}:
        yield f"position:{found.says('position')}"


_TABLE = "build it with mj-section and mj-column, which are tables"
_FIXED = "write a size in px"
_HEX = "write the colour as #rrggbb"
_JPG = "save the picture as PNG or JPEG"
_PHYSICAL = "write the sides: margin-left, padding-top, border-right …"
_GROUND = "give it a background-color as well"
_LINK = "put a link to a web page there instead"

BREAKING: tuple[Feature, ...] = (
    # Layout that falls apart.
    Feature("css-display-flex", declared("display", value=r"\bflex\b"), _TABLE),
    Feature("css-display-grid", declared("display", value=r"\bgrid\b"), _TABLE),
    Feature("css-grid-template", declared("grid-template", "grid-template-columns"), _TABLE),
    Feature("css-flex-direction", declared("flex-direction", value="column"), _TABLE),
    Feature("css-position", Detector(_offsets), _TABLE, "an"),
    Feature("css-float", declared("float", value="left|right"), "write align on the table or img"),
    Feature("css-column-count", declared("column-count", "columns"), _TABLE),
    Feature("css-transform", declared("transform", value=r"\("), "draw it as a picture"),
    Feature("css-writing-mode", declared("writing-mode", value="vertical"), "draw it as a picture"),
    Feature(
        "css-max-width",
        Detector(_wide_picture),
        'write width="…" on the picture, in pixels',
        "an",
    ),
    Feature("css-inset", declared("inset"), _TABLE),
    # Sizes that are dropped, and with them the space or the whole declaration.
    Feature("css-unit-calc", declared(value=r"\bcalc\("), _FIXED),
    Feature("css-function-clamp", declared(value=r"\bclamp\("), _FIXED),
    Feature("css-function-min", declared(value=r"\bmin\("), _FIXED),
    Feature("css-function-max", declared(value=r"\bmax\("), _FIXED),
    Feature("css-unit-rem", declared(value=r"\drem\b"), _FIXED),
    Feature("css-unit-vw", declared(value=r"\dvw\b"), _FIXED),
    Feature("css-unit-vh", declared(value=r"\dvh\b"), _FIXED),
    Feature("css-unit-vmin", declared(value=r"\dvmin\b"), _FIXED),
    Feature("css-unit-vmax", declared(value=r"\dvmax\b"), _FIXED),
    Feature("css-unit-ch", declared(value=r"\dch\b"), _FIXED),
    Feature("css-intrinsic-size", declared(value=r"\b(fit|min|max)-content\b"), _FIXED),
    Feature("css-inline-size", declared("inline-size"), "write width"),
    Feature("css-block-inline-size", declared("block-size"), "write height"),
    Feature("css-margin-inline-block", declared("margin-inline", "margin-block"), _PHYSICAL),
    Feature(
        "css-margin-inline-start-end",
        declared("margin-inline-start", "margin-inline-end"),
        _PHYSICAL,
    ),
    Feature(
        "css-margin-block-start-end", declared("margin-block-start", "margin-block-end"), _PHYSICAL
    ),
    Feature("css-padding-inline-block", declared("padding-inline", "padding-block"), _PHYSICAL),
    Feature(
        "css-padding-inline-start-end",
        declared("padding-inline-start", "padding-inline-end"),
        _PHYSICAL,
    ),
    Feature(
        "css-padding-block-start-end",
        declared("padding-block-start", "padding-block-end"),
        _PHYSICAL,
    ),
    # Colours that are dropped: black on black, or a link that looks like text.
    Feature("css-variables", declared(value=r"\bvar\("), "write the value itself"),
    Feature("css-rgba", declared(value=r"\brgba\("), _HEX),
    Feature("css-modern-color", declared(value=r"\b(ok)?l(ch|ab)\("), _HEX),
    Feature("css-function-light-dark", declared(value=r"\blight-dark\("), _HEX),
    Feature("css-background-image", bare_background("url"), _GROUND),
    Feature("css-linear-gradient", bare_background("linear-gradient"), _GROUND),
    Feature("css-radial-gradient", bare_background("radial-gradient"), _GROUND),
    Feature("css-conic-gradient", bare_background("conic-gradient"), _GROUND),
    Feature(
        "css-background-clip",
        declared("background-clip", "-webkit-background-clip", value=r"\btext\b"),
        "give the words a colour of their own",
    ),
    # What was meant to be hidden shows.
    Feature("css-opacity", hidden_by("opacity", r"0(\.0+)?"), "leave it out, or use display:none"),
    Feature("css-visibility", hidden_by("visibility", "hidden"), "use display:none"),
    Feature("css-clip-path", declared("clip-path", value=r"\("), "cut the picture itself"),
    Feature("css-mask-image", declared("mask-image"), "cut the picture itself"),
    Feature("css-object-fit", declared("object-fit"), "cut the picture to its size"),
    Feature(
        "html-hidden",
        element("div", "p", "span", "td", "tr", "table", "img", hidden=".*"),
        "use display:none",
    ),
    # Rules that are thrown away, and often the sheet with them.
    Feature(
        "css-nesting", in_sheets(r"\{[^{}@]{0,999}?&[^{};]{0,99}\{"), "write each rule by itself"
    ),
    Feature("css-at-import", in_sheets(r"@import\b"), "put the rules themselves into mj-style"),
    Feature(
        "css-pseudo-element-before",
        in_sheets(r"::?before\b[^{}]{0,99}\{[^{}]{0,999}?content\s*:\s*[\"'][^\"']"),
        "write the words into the letter",
    ),
    Feature(
        "css-pseudo-element-after",
        in_sheets(r"::?after\b[^{}]{0,99}\{[^{}]{0,999}?content\s*:\s*[\"'][^\"']"),
        "write the words into the letter",
    ),
    # Elements that do not arrive, with all that they say.
    Feature("html-video", element("video"), "show a picture that links to the film"),
    Feature("html-audio", element("audio"), _LINK),
    Feature("html-object", element("object"), _LINK),
    Feature("html-form", element("form"), _LINK),
    Feature("html-input-text", element("input", type_="text|email|search|tel|url"), _LINK),
    Feature("html-textarea", element("textarea"), _LINK),
    Feature("html-select", element("select"), _LINK),
    Feature("html-input-submit", element("input", type_="submit"), "use a link"),
    Feature("html-button-submit", element("button"), "use mj-button, which is a link"),
    Feature("html-dialog", element("dialog"), _LINK),
    Feature("html-meter", element("meter"), "write the figure"),
    Feature("html-progress", element("progress"), "write the figure"),
    Feature("html-image-maps", element("map"), "put the links into the text as well"),
    Feature("html-svg", element("svg"), _JPG),
    Feature("html-base", element("base"), "write whole addresses"),
    # Pictures that are not shown.
    Feature("image-webp", picture(r"\.webp\b|image/webp"), _JPG),
    Feature("image-avif", picture(r"\.avif\b|image/avif"), _JPG),
    Feature("image-heif", picture(r"\.hei[cf]\b|image/hei[cf]"), _JPG),
    Feature("image-svg", picture(r"\.svg\b|image/svg"), _JPG),
    Feature("image-tiff", picture(r"\.tiff?\b|image/tiff"), _JPG),
    Feature("image-ico", picture(r"\.ico\b|image/x-icon"), _JPG),
    Feature("image-bmp", picture(r"\.bmp\b|image/bmp"), _JPG),
    Feature("image-hdr", picture(r"\.jxr\b|\.hdr\b"), _JPG),
    Feature("image-mp4", picture(r"\.mp4\b"), "show a picture that links to the film"),
    Feature("image-base64", picture(r"^data:"), "put the picture into the issue's folder"),
)


def features_in(seen: Seen) -> dict[str, tuple[str, ...]]:
    """What of `BREAKING` is in a letter, by slug: each sign of it once, in the letter's order."""
    found: dict[str, dict[str, None]] = {}
    for each in seen.elements:
        for slug, sign in _of_element(each):
            found.setdefault(slug, {})[sign] = None
    for feature in BREAKING:
        if look := feature.detector.sheets:
            found.setdefault(feature.slug, {}).update(dict.fromkeys(look(seen.css)))
    return {slug: tuple(signs) for slug, signs in found.items() if signs}


@lru_cache(maxsize=8192)
def _of_element(found: Element) -> tuple[tuple[str, str], ...]:
    return tuple((f.slug, sign) for f in BREAKING for sign in f.detector.of_element(found))
