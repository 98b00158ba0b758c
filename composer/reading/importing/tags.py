"""What a tag of HTML is good for: targets, sizes, tables of figures."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from composer.reading.importing import escape

Element = Any  #: of lxml, which has no types

_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)


def link_target(href: str) -> str:
    """A target that an issue may have, as Markdown writes it; `""` for any other."""
    href = escape.clean(href.strip())[0].replace("\n", "")
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme.lower() in ("http", "https") and parts.netloc:
        return encoded(href)
    return encoded(href) if parts.scheme.lower() in ("mailto", "tel") and parts.path else ""


def encoded(url: str) -> str:
    """What would end a Markdown target early, or start an expression, in percent form."""
    url = re.sub(
        r"[\s<>()\\{}\"|*`\[\]]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), url
    )
    return re.sub(r"&(?=#?\w+;)", "&amp;", url)


def code_span(text: str) -> str:
    longest = max((len(m) for m in re.findall("`+", text)), default=0)
    fence, pad = "`" * (longest + 1), " " if "`" in text[:1] + text[-1:] else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def is_hidden(element: Element) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def is_dot(element: Element) -> bool:
    """Whether an image is of a size that only counts readers."""
    return any(
        (element.get(side) or "").strip() in ("0", "1", "2", "3") for side in ("width", "height")
    )


def is_data(table: Element) -> bool:
    """Whether a table holds figures: layout tables nest, have one column, or say so."""
    if table.get("role") in ("presentation", "none") or table.find(".//table") is not None:
        return False
    if table.find(".//th") is not None:
        return True
    rows = [[c for c in row if c.tag in ("td", "th")] for row in table.iter("tr")]
    cells = [cell for row in rows for cell in row]
    short = all(len("".join(cell.itertext())) < 120 and not _has_blocks(cell) for cell in cells)
    return len(rows) > 1 and min(map(len, rows)) > 1 and short


def _has_blocks(cell: Element) -> bool:
    return any(cell.find(f".//{tag}") is not None for tag in ("h1", "h2", "h3", "ul", "ol", "img"))


def side_of(cell: Element) -> str:
    given = f"{cell.get('align') or ''} {cell.get('style') or ''}".lower()
    side = re.search(r"(?:^|text-align\s*:\s*)\s*(left|right|center)", given)
    return {"right": "--:", "center": ":-:"}.get(side[1] if side else "", "---")
