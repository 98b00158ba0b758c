"""The CSS properties that some mail program knows (W3C, "List of CSS properties"; caniemail)."""

from __future__ import annotations

_SIDES = ("top", "right", "bottom", "left")
_FLOW = ("block", "inline", "block-start", "block-end", "inline-start", "inline-end")
_BORDER = ("", "-color", "-style", "-width")

PROPERTIES = frozenset({
    *_SIDES,
    *(f"{name}-{side}" for name in ("margin", "padding", "inset") for side in (*_SIDES, *_FLOW)),
    *(f"border-{side}{part}" for side in (*_SIDES, *_FLOW) for part in _BORDER),
    *(f"border-{a}-{b}-radius" for a in ("top", "bottom") for b in ("left", "right")),
    *(f"border-{part}" for part in (
        "collapse", "color", "image", "radius", "spacing", "style", "width",
    )),
    *(f"background{part}" for part in (
        "", "-attachment", "-blend-mode", "-clip", "-color", "-image", "-origin", "-position",
        "-position-x", "-position-y", "-repeat", "-size",
    )),
    *(f"font{part}" for part in (
        "", "-display", "-family", "-feature-settings", "-kerning", "-size", "-size-adjust",
        "-stretch", "-style", "-synthesis", "-variant", "-variant-caps", "-variant-ligatures",
        "-variant-numeric", "-variation-settings", "-weight",
    )),
    *(f"text{part}" for part in (
        "-align", "-align-last", "-decoration", "-decoration-color", "-decoration-line",
        "-decoration-skip-ink", "-decoration-style", "-decoration-thickness", "-emphasis",
        "-indent", "-justify", "-orientation", "-overflow", "-rendering", "-shadow",
        "-size-adjust", "-transform", "-underline-offset", "-underline-position", "-wrap",
    )),
    *(f"flex{part}" for part in ("", "-basis", "-direction", "-flow", "-grow", "-shrink", "-wrap")),
    *(f"grid{part}" for part in (
        "", "-area", "-auto-flow", "-column", "-gap", "-row", "-template", "-template-areas",
        "-template-columns", "-template-rows",
    )),
    *(f"list-style{part}" for part in ("", "-image", "-position", "-type")),
    *(f"outline{part}" for part in ("", "-color", "-offset", "-style", "-width")),
    *(f"overflow{part}" for part in ("", "-wrap", "-x", "-y")),
    *(f"page-break-{part}" for part in ("after", "before", "inside")),
    *(f"break-{part}" for part in ("after", "before", "inside")),
    *(f"animation{part}" for part in (
        "", "-delay", "-direction", "-duration", "-fill-mode", "-iteration-count", "-name",
        "-play-state", "-timing-function",
    )),
    *(f"transition{part}" for part in ("", "-delay", "-duration", "-property", "-timing-function")),
    *(f"{most}{size}" for most in ("", "min-", "max-") for size in (
        "width", "height", "block-size", "inline-size",
    )),
    *(f"column{part}" for part in ("s", "-count", "-gap", "-rule", "-span", "-width")),
    *(f"align-{part}" for part in ("content", "items", "self")),
    *(f"justify-{part}" for part in ("content", "items", "self")),
    "accent-color", "all", "appearance", "aspect-ratio", "border", "box-decoration-break",
    "box-shadow", "box-sizing", "caption-side", "caret-color", "clear", "clip", "clip-path",
    "color", "color-adjust", "color-scheme", "content", "counter-increment", "counter-reset",
    "cursor", "direction", "display", "empty-cells", "fill", "filter", "float", "gap",
    "forced-color-adjust", "hyphens", "image-rendering", "inset", "isolation", "letter-spacing",
    "line-break", "line-height", "margin", "mask", "mix-blend-mode", "object-fit",
    "object-position", "opacity", "order", "orphans", "padding", "pointer-events", "position",
    "print-color-adjust", "quotes", "resize", "row-gap", "scroll-behavior", "src", "stroke",
    "supported-color-schemes", "tab-size", "table-layout", "transform", "transform-origin",
    "unicode-bidi", "unicode-range", "user-select", "vertical-align", "visibility",
    "white-space", "widows", "word-break", "word-spacing", "word-wrap", "writing-mode",
    "z-index", "zoom", "mso-hide",
})  # fmt: skip
