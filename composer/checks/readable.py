"""Can every word be read: its colour on its ground, light and dark, and its size?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from composer.checks.cascade import Look
from composer.checks.colours import Colour, colour_of, contrast, hexed, nearest_passing
from composer.checks.examined import Examined, Remark, Rule, SiteSeen
from composer.checks.page import Page, own_text, words_in
from composer.checks.tags import Element
from composer.model.finding import Fix, Severity

#: WCAG 2.2, 1.4.3 (level AA): what text needs, and what large text does.
AA, AA_LARGE = 4.5, 3.0
#: 1.4.1, technique G183: what tells a link from the text around it by colour alone.
APART = 3.0
SMALLEST_PX = 12.0


def needed(look: Look) -> float:
    """24 pixels are large, and 18.66 in bold (WCAG: 18 and 14 points)."""
    return AA_LARGE if look.size >= 24 or (look.bold and look.size >= 18.66) else AA


@dataclass(frozen=True, slots=True)
class _Faint:
    text: Colour
    ground: Colour
    need: float
    dark: bool


def contrast_of_page(examined: Examined) -> Iterator[Remark]:
    """Words too close to their ground: in sunlight, or with tired eyes, they are not there."""
    for page in examined.pages:
        for dark in (False, True) if page.dark_rules else (False,):
            for faint, words in _faint(page, dark=dark).items():
                path, at = examined.where(hexed(faint.text))
                yield Remark(_faint_said(faint, words), _lighter(faint), at, path)


def _faint(page: Page, *, dark: bool) -> dict[_Faint, list[str]]:
    found: dict[_Faint, list[str]] = {}
    for words, look in page.dark_texts if dark else page.light_texts:
        if look.colour is None or look.ground is None or (dark and not look.painted):
            continue
        need = needed(look)
        if contrast(look.colour, look.ground) < need:
            found.setdefault(_Faint(look.colour, look.ground, need, dark), []).append(words)
    return found


def _faint_said(faint: _Faint, words: list[str]) -> str:
    ratio = contrast(faint.text, faint.ground)
    where = " on dark screens" if faint.dark else ""
    more = f" and {len(words) - 1} more" if len(words) > 1 else ""
    return (
        f"“{words[0][:40]}”{more}: {hexed(faint.text)} on {hexed(faint.ground)} has a contrast of "
        f"{ratio:.2f}{where}; {faint.need:g} is needed"
    )


def _lighter(faint: _Faint) -> str:
    return f"{nearest_passing(faint.text, faint.ground, faint.need)} would do"


def font_size(examined: Examined) -> Iterator[Remark]:
    """Smaller words are guessed rather than read, and iPhones enlarge them as they like."""
    for page in examined.pages:
        found: dict[float, list[str]] = {}
        for words, look in page.light_texts:
            if look.size < SMALLEST_PX and any(c.isalnum() for c in words):
                found.setdefault(look.size, []).append(words)
        for size, texts in found.items():
            path, at = examined.where(*(f"font-size{c}{size:g}px" for c in (": ", ":", '="')))
            more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
            message = f"“{texts[0][:40]}”{more}: {size:g} px is too small to read"
            yield Remark(message, f"at least {SMALLEST_PX:g} px", at, path)


def link_colour_only(examined: Examined) -> Iterator[Remark]:
    """Who does not see the colour does not see the link."""
    for page in examined.pages:
        looks = page.light
        for link in page.every("a"):
            if not link.get("href") or link not in looks:
                continue
            around = looks.get(link.getparent())
            if around and words_in(link) and _among_words(link) and _blends(looks[link], around):
                path, at = examined.where(link.get("href"))
                message = f"the link “{words_in(link)[:40]}” differs from its text by colour alone"
                yield Remark(message, "underline links that stand in a text", at, path)


def _among_words(link: Element) -> bool:
    """Whether the link stands in a sentence, and is not a line of its own."""
    return sum(c.isalpha() for c in own_text(link.getparent())) >= 10


def _blends(link: Look, around: Look) -> bool:
    if link.hidden or link.underlined or link.bold != around.bold or link.ground != around.ground:
        return False
    if link.colour is None or around.colour is None:
        return False
    return contrast(link.colour, around.colour) < APART


#: What lies on what in every template of ours; the ratio is that of text.
_PAIRS = (
    ("ink", "paper"),
    ("accent", "paper"),
    ("muted", "paper"),
    ("dark_ink", "dark_paper"),
    ("dark_accent", "dark_paper"),
    ("dark_muted", "dark_paper"),
)


def contrast_of_theme(seen: SiteSeen) -> Iterator[Remark]:
    """The palette decides for every issue: words in it need a contrast of 4.5."""
    palette = seen.settings.newsletter.palette
    for name, ground_name in _PAIRS:
        text, ground = colour_of(getattr(palette, name)), colour_of(getattr(palette, ground_name))
        if text is None or ground is None or contrast(text, ground) >= AA:
            continue
        better = nearest_passing(text, ground, AA)
        at = seen.place("theme", name)
        old = seen.source.split("\n")[at.line - 1][at.column - 1 :][: len("#rrggbb")]
        yield Remark(
            f"{name} {hexed(text)} on {ground_name} {hexed(ground)} has a contrast of "
            f"{contrast(text, ground):.2f}; {AA:g} is needed",
            f"{better} would do",
            at,
            fix=Fix(old, better) if old.lower() == hexed(text) else None,
        )


_E, _W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule("a11y/contrast", _E, "words too close in colour to their ground", contrast_of_page),
    Rule("a11y/font-size", _W, "words too small to read", font_size),
    Rule("a11y/link-colour-only", _W, "links told by their colour alone", link_colour_only),
)
SITE_RULES = (
    Rule("theme/contrast", _E, "a palette in which words cannot be read", contrast_of_theme),
)
