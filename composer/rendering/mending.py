"""HTML of single components as npm's mjml writes it, where mjml-python leaves something out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Attributes = Mapping[str, str]
#: The HTML, the mark of the element in it, and what the element says, with all defaults.
Mender = Callable[[str, "re.Pattern[str]", Attributes], str]

_SIDES = ("left", "right", "top", "bottom")
_NUMBER = re.compile(r"\d+")
_HERO_END = "</div><!--[if mso | IE]></td></tr></table><![endif]--></td></tr></tbody></table></div>"


def _styled(html: str, mark: re.Pattern[str], tag: str, more: str) -> str:
    """`html` with `more` at the end of the style of the first `tag` at or after the mark."""
    found = mark.search(html)
    if found is None:
        return html
    start = html.rfind("<", 0, found.start())
    style = re.compile(rf"<{tag}\b[^<>]*? style=\"[^\"]*").search(html, start)
    return html if style is None else f"{html[: style.end()]}{more}{html[style.end() :]}"


def _with_attribute(html: str, mark: re.Pattern[str], tag: str, more: str) -> str:
    found = mark.search(html)
    at = html.find(f"<{tag} ", found.start()) if found else -1
    if at < 0:
        return html
    at += len(tag) + 1
    return f"{html[:at]} {more}{html[at:]}"


def _declared(attributes: Attributes, named: Mapping[str, str]) -> str:
    return "".join(
        f"{css}:{attributes[name]};" for name, css in named.items() if name in attributes
    )


_IMAGE = {f"border-{side}": f"border-{side}" for side in _SIDES}
_HERO_CONTENT = {"inner-padding": "padding"} | {
    f"inner-padding-{side}": f"padding-{side}" for side in _SIDES
}


def _image(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    html = _styled(html, mark, "img", _declared(attributes, _IMAGE))
    if "sizes" in attributes:
        html = _with_attribute(html, mark, "img", f'sizes="{attributes["sizes"]}"')
    return html


def _table(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    if attributes.get("cellspacing", "0") not in {"0", "0px"}:
        # MJML's own sheet says that tables collapse.
        html = _styled(html, mark, "table", "border-collapse:separate;")
    if "role" in attributes:
        html = _with_attribute(html, mark, "table", f'role="{attributes["role"]}"')
    return html


def _hero(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    if attributes.get("mode") == "fluid-height":
        html = _fluid(html, mark, attributes)
    if "border-radius" in attributes:
        html = _styled(html, mark, "td", f"border-radius:{attributes['border-radius']};")
    if more := _declared(attributes, _HERO_CONTENT):
        found = mark.search(html)
        at = html.find('class="mj-hero-content', found.end()) if found else -1
        start = html.find('style="', at) if at >= 0 else -1
        if start >= 0:
            end = html.index('"', start + 7)
            html = f"{html[:end]}{more}{html[end:]}"
    return html


def _fluid(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    """Between two cells that are as high as the picture would be at that width."""
    found = mark.search(html)
    at = html.find("<td", found.start()) if found else -1
    end = html.find(_HERO_END, at)
    if at < 0 or end < 0:
        return html
    close = html.index(">", at)
    cell = re.sub(r' height="-?\d+"|(?<=;)height:-?\d+px;', "", html[at:close])
    side = f'<td style="width:0.01%;{_ratio(attributes)}mso-padding-bottom-alt:0;"></td>'
    stop = end + _HERO_END.index("</td></tr></tbody>") + len("</td>")
    return f"{html[:at]}{side}{cell}{html[close:stop]}{side}{html[stop:]}"


def _ratio(attributes: Attributes) -> str:
    height = _NUMBER.match(attributes.get("background-height", ""))
    width = _NUMBER.match(attributes.get("background-width", ""))
    if height is None or width is None or int(width[0]) == 0:
        return ""
    # As JavaScript rounds.
    return f"padding-bottom:{int(100 * int(height[0]) / int(width[0]) + 0.5)}%;"


def _accordion_title(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    return _styled(html, mark, "td", f"font-weight:{attributes['font-weight']};")


def _social(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    html = _styled(html, mark, "img", f"border:{attributes.get('border', '0')};")
    found = mark.search(html)
    if attributes.get("icon-position") != "right" or found is None:
        return html
    start = html.find("<td", found.end())
    middle = html.find("</table></td><td", start) + len("</table></td>")
    end = html.find("</td></tr>", middle) + len("</td>")
    if start < 0 or middle < len("</table></td>") or end < middle:
        return html
    return f"{html[:start]}{html[middle:end]}{html[start:middle]}{html[end:]}"


def _any_of(*names: str) -> Callable[[Attributes], bool]:
    return lambda attributes: any(name in attributes for name in names)


def _wants_hero(said: Attributes) -> bool:
    return said.get("mode") == "fluid-height" or any(
        name in said for name in ("border-radius", *_HERO_CONTENT)
    )


#: Of which component, which of them want it, and what is done.
MENDERS: tuple[tuple[str, Callable[[Attributes], bool], Mender], ...] = (
    ("mj-accordion-title", _any_of("font-weight"), _accordion_title),
    ("mj-hero", _wants_hero, _hero),
    ("mj-image", _any_of("sizes", *_IMAGE), _image),
    ("mj-social-element", _any_of("border", "icon-position"), _social),
    ("mj-table", _any_of("cellspacing", "role"), _table),
)
