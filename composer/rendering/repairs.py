"""What MJML means and mjml-python does otherwise, mended before and after it compiles.

npm's mjml is the measure: `benchmarks/mjml_fidelity.py` compares pixels. Some of it can be said in
another way in the MJML; for the rest an element gets a class of its own, by which its HTML is
found again and which is then taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from composer.errors import Place, TemplateError
from composer.rendering.guards import IN_TAG
from composer.rendering.mending import MENDERS, Mender

Attributes = Mapping[str, str]

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>mj-(?:accordion-element|accordion-title|body|carousel-image|divider"
    r"|hero|image|section|social|social-element|table|wrapper))"
    rf"(?=[\s/>])(?P<rest>{IN_TAG})>"
)
_ANY = re.compile(rf"<(?P<end>/?)(?P<name>mj-[\w-]++)(?P<rest>{IN_TAG})>")
_ATTRIBUTE = re.compile(r"(?<![^\s=<>\"'/])([^\s=<>\"'/]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')")
_DEFAULTS = re.compile(r"<mj-attributes\s*>(.*?)(?:</mj-attributes\s*>|\Z)", re.DOTALL)
_NESTED = re.compile(
    rf"<mj-class(?P<rest>{IN_TAG})(?<!/)>(?P<inside>.*?)(?P<close></mj-class\s*>|\Z)", re.DOTALL
)
_MARK = "mended-"
#: Each is looked for in the whole letter.
_MOST = 1_000
_MARKS = re.compile(rf"(?: class=\"{_MARK}\d+(?:-outlook)?\"|\s?{_MARK}\d+(?:-outlook)?(?!\d))")
#: A 0 without a unit, of which mjml-python takes no part of a padding.
_MEASURED = frozenset({"mj-hero", "mj-image", "mj-wrapper"})
_BARE_ZERO = re.compile(r"(?<![\w.#-])0(?![\w.%])")
#: What would end the `url('…')` of a background, and how it is written in a URL.
_ENDING = re.compile(r"['()\s]|&#(?:39|40|41);")
#: What hides a carousel's arrows in Yahoo's mail, and with the comma in every other.
_YAHOO = ("@media screen, yahoo {", "@media screen yahoo {")

#: What mjml-python overlooks in `mj-attributes`; `*` stands for all that is written there.
_FROM_TAG: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mj-accordion-element": (
            *("border", "font-family", "icon-align", "icon-height", "icon-position"),
            *("icon-unwrapped-alt", "icon-unwrapped-url", "icon-width"),
            *("icon-wrapped-alt", "icon-wrapped-url"),
        ),
        "mj-body": ("*",),
        "mj-divider": ("align",),
        "mj-social-element": ("*",),
    }
)


@dataclass(frozen=True)
class Defaults:
    """What `mj-attributes` says: for all, for a component, for a class and what stands in it."""

    tags: Mapping[str, Attributes]
    classes: Mapping[str, Attributes]
    inside: Mapping[str, Mapping[str, Attributes]]

    def of(self, name: str, own: Attributes) -> dict[str, str]:
        """The attributes of an element that says `own` itself, in the order of precedence."""
        found = {**self.tags.get("mj-all", {}), **self.tags.get(name, {})}
        for one in own.get("mj-class", "").split():
            found |= self.classes.get(one, {})
        return found | dict(own)


@dataclass
class Repairs:
    """Of one letter and all that it includes; `place` is for errors."""

    place: Place
    _defaults: Defaults | None = None
    _menders: list[tuple[Mender, Attributes]] = field(default_factory=list)
    _gap: str = ""
    _sections: int = 0
    _social: Attributes = field(default_factory=dict)

    def before(self, mjml: str) -> str:
        """`mjml` as mjml-python must read it, on as many lines."""
        blocks = "\n".join(_DEFAULTS.findall(mjml))
        if self._defaults is None or blocks:
            self._defaults = _said(blocks)
        if self._defaults.inside:
            mjml = _NESTED.sub(_alone, mjml)
            mjml = _with_inside(mjml, self._defaults)
        return _TAG.sub(self._tag, mjml)

    def after(self, html: str) -> str:
        """`html` with what mjml-python left out."""
        html = html.replace(*_YAHOO)
        if not self._menders:
            return html
        for number, (mender, attributes) in enumerate(self._menders):
            html = mender(html, re.compile(rf"{_MARK}{number}(?!\d)"), attributes)
        return _MARKS.sub("", html)

    def _tag(self, match: re.Match[str]) -> str:
        name = match["name"]
        if match["end"]:
            if name == "mj-wrapper":
                self._gap = ""
            return match[0]
        own = attributes_of(match["rest"])
        defaults = self._defaults or _said("")
        every = defaults.of(name, own)
        changed = _written_out(name, own, every, defaults)
        self._refuse(name, every)
        self._step(name, every)
        for mender in self._wanted(name, every):
            if len(self._menders) == _MOST:
                raise TemplateError(
                    f"more than {_MOST:,} elements use what is mended one by one",
                    place=self.place,
                    hint="leave out role of mj-table, single borders and fluid heroes",
                )
            classes = changed.get("css-class", every.get("css-class", ""))
            mark = f"{_MARK}{len(self._menders)}"
            changed = {**changed, "css-class": f"{classes} {mark}".strip()}
            self._menders.append((mender, every | {"": self._gap}))
        if changed == own:
            return match[0]
        return _tag(match, changed)

    def _refuse(self, name: str, every: Attributes) -> None:
        if name == "mj-section" and every.get("gutter"):
            raise TemplateError(
                "gutter of mj-section is not supported",
                place=self.place,
                hint="give its columns a padding",
            )

    def _step(self, name: str, every: Attributes) -> None:
        if name == "mj-wrapper":
            self._gap, self._sections = every.get("gap", ""), 0
        elif name in {"mj-section", "mj-hero"}:
            self._sections += 1
        elif name == "mj-social":
            self._social = every

    def _wanted(self, name: str, every: dict[str, str]) -> list[Mender]:
        if name == "mj-social-element":
            for attribute in ("border", "icon-position"):
                if attribute in self._social:
                    every.setdefault(attribute, self._social[attribute])
        wanted = [mender for of, wants, mender in MENDERS if of == name and wants(every)]
        if self._gap and self._sections > 1 and name == "mj-section":
            wanted.append(_gapped)
        return wanted


def attributes_of(rest: str) -> dict[str, str]:
    """What a tag says, as it is written there."""
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(rest)}


def _written_out(
    name: str, own: dict[str, str], every: Attributes, defaults: Defaults
) -> dict[str, str]:
    """`own` with what mjml-python would overlook, and without what it would misread."""
    changed = own
    wanted = _FROM_TAG.get(name, ())
    if wanted == ("*",):
        said = {**defaults.tags.get(name, {})}
        for one in own.get("mj-class", "").split():
            said |= defaults.classes.get(one, {})
        changed = {**said, **own}
    elif wanted:
        changed = {**{a: every[a] for a in wanted if a in every}, **own}
    if "full-width" in every and every["full-width"] != "full-width":
        changed = {k: v for k, v in changed.items() if k != "full-width"}
    picture = every.get("background-url", "")
    if _ENDING.search(picture):
        changed = {**changed, "background-url": _ENDING.sub(_percent, picture)}
    padding = every.get("padding", "")
    if name in _MEASURED and re.search("[1-9]", padding) and _BARE_ZERO.search(padding):
        changed = {**changed, "padding": _BARE_ZERO.sub("0px", padding)}
    return changed


def _percent(match: re.Match[str]) -> str:
    character = chr(int(match[0][2:-1])) if match[0].startswith("&#") else match[0]
    return f"%{ord(character):02X}"


def _tag(match: re.Match[str], attributes: Attributes) -> str:
    written = "".join(f' {name}="{_quoted(value)}"' for name, value in attributes.items())
    lines = "\n" * match["rest"].count("\n")
    end = " /" if match["rest"].rstrip().endswith("/") else ""
    return f"<{match['name']}{written}{lines}{end}>"


def _quoted(value: str) -> str:
    return value.replace('"', "&#34;")


@lru_cache(maxsize=64)
def _said(blocks: str) -> Defaults:
    """What the insides of all `mj-attributes` say."""
    inside: dict[str, dict[str, Attributes]] = {}
    for nested in _NESTED.finditer(blocks):
        name = attributes_of(nested["rest"]).get("name", "")
        for tag in _ANY.finditer(nested["inside"]):
            if not tag["end"]:
                inside.setdefault(name, {})[tag["name"]] = attributes_of(tag["rest"])
    tags: dict[str, Attributes] = {}
    classes: dict[str, Attributes] = {}
    for tag in _ANY.finditer(_NESTED.sub(_alone, blocks)):
        said = attributes_of(tag["rest"])
        if tag["name"] == "mj-class":
            name = said.pop("name", "")
            classes[name] = {**classes.get(name, {}), **said}
        elif not tag["end"]:
            tags[tag["name"]] = {**tags.get(tag["name"], {}), **said}
    return Defaults(tags, classes, inside)


def _alone(match: re.Match[str]) -> str:
    """A class without what stands in it."""
    if not match["close"]:
        return match[0]
    return f"<mj-class{match['rest']} />" + "\n" * match["inside"].count("\n")


def _with_inside(mjml: str, defaults: Defaults) -> str:
    """`mjml` in which elements say what a class of their parent says of them."""
    opened: list[tuple[str, str]] = []

    def tag(match: re.Match[str]) -> str:
        name = match["name"]
        if match["end"]:
            while opened and opened.pop()[0] != name:
                pass
            return match[0]
        own = attributes_of(match["rest"])
        said: dict[str, str] = {}
        for one in opened[-1][1].split() if opened else ():
            said |= defaults.inside.get(one, {}).get(name, {})
        if not match["rest"].rstrip().endswith("/"):
            opened.append((name, own.get("mj-class", "")))
        return _tag(match, {**said, **own}) if said else match[0]

    return _ANY.sub(tag, mjml)


def _gapped(html: str, mark: re.Pattern[str], attributes: Attributes) -> str:
    """The space of a wrapper above each section but its first."""
    gap = attributes[""]
    style = re.compile(rf"(<(table|div)\b[^<>]*?{mark.pattern}[^<>]*? style=\"[^\"]*)")
    return style.sub(lambda m: f"{m[1]}{'margin' if m[2] == 'div' else 'padding'}-top:{gap};", html)
