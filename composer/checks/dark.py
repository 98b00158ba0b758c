"""What becomes of the letter on a dark screen?"""

from __future__ import annotations

from collections.abc import Iterator

from composer.checks.colours import BLACK, WHITE, Colour, hexed
from composer.checks.css import SheetRule, style_of
from composer.checks.examined import Examined, Remark, Rule
from composer.checks.page import Page
from composer.model.finding import Severity

_METAS = ("color-scheme", "supported-color-schemes")


def dark_meta(examined: Examined) -> Iterator[Remark]:
    """Without the pair a client thinks the letter knows no dark, and recolours it its own way."""
    for page in examined.pages:
        path, at = examined.where('name="color-scheme"', "<mj-head>")
        said = {m.get("name"): m.get("content", "") for m in page.every("meta") if m.get("name")}
        missing = [name for name in _METAS if not said.get(name)]
        if missing:
            hint = f'<meta name="{missing[0]}" content="light dark"> in an <mj-raw> of the head'
            yield Remark(f"the HTML has no {' and no '.join(missing)}", hint, at, path)
            continue
        promised = any("dark" in said[name].split() for name in _METAS)
        written = any("prefers-color-scheme" in sheet for sheet in page.sheets)
        if promised and not written:
            hint = 'write @media (prefers-color-scheme: dark) { … }, or content="light"'
            yield Remark("the HTML promises a dark look and has no rules for it", hint, at, path)
        elif written and not promised:
            hint = 'content="light dark" in both'
            yield Remark("the HTML has dark rules, and its metas do not say dark", hint, at, path)


def rules_lost(examined: Examined) -> Iterator[Remark]:
    """A dark rule that an inline style beats, or that finds nothing, does nothing."""
    for page in examined.pages:
        rules = list(dict.fromkeys(rule for rule, _ in page.dark_rules))
        path, at = examined.where("prefers-color-scheme: dark", "prefers-color-scheme")
        if rules and not any(_finds(page, rule) for rule in rules):
            hint = f"is it {rules[0].selector!r} in the template?"
            yield Remark("no rule for dark screens finds anything", hint, at, path)
        for selector, name in dict.fromkeys(_beaten(page)):
            message = f"on dark screens {name} of {selector!r} loses against the inline style"
            yield Remark(message, f"{name}: … !important", at, path)


def _finds(page: Page, rule: SheetRule) -> bool:
    return any(page.found_by(selector.strip()) for selector in rule.selector.split(","))


def _beaten(page: Page) -> Iterator[tuple[str, str]]:
    for rule, declaration in page.dark_rules:
        if declaration.important or declaration.name.startswith(("-", "supported-")):
            continue
        for selector in rule.selector.split(","):
            for element in page.found_by(selector.strip()):
                if declaration.name in style_of(element.get("style", "")):
                    yield selector.strip(), declaration.name
                    break


def pure(examined: Examined) -> Iterator[Remark]:
    """White on black glares and smears on phones; a dark grey rests the eyes."""
    for page in examined.pages:
        if not page.dark_rules:
            continue
        found: dict[tuple[Colour, Colour], str] = {}
        for words, look in page.dark_texts:
            if look.painted and look.ground == BLACK and look.colour == WHITE:
                found.setdefault((look.colour, look.ground), words)
        for (text, ground), words in found.items():
            path, at = examined.where()
            message = (
                f"on dark screens “{words[:40]}” is pure {hexed(text)} on pure {hexed(ground)}"
            )
            yield Remark(message, "a ground like #1b1a18, and words like #ece7dd", at, path)


_W = Severity.WARNING
RULES = (
    Rule("dark/meta", _W, "a letter that does not say whether it knows dark", dark_meta),
    Rule("dark/rules-lost", _W, "rules for dark screens that do nothing", rules_lost),
    Rule("dark/pure", _W, "pure white on pure black", pure),
)
