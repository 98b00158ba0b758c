"""What the URL says: all state of a screen is in its query, so that every view can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlencode

VIEWS = ("preview", "inbox", "text", "source", "checks", "links", "grid", "compare")
WIDTHS = (320, 375, 600, 1024)
SCHEMES = ("light", "dark", "forced")
AGAINST = ("snapshot", "commit", "sent")
LAID = ("beside", "over", "difference")
SHOWN = ("words", "html", "text", "headers", "mjml", "picture")
ZOOMS = (50, 75, 100, 125, 150)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who the letter is looked at as; what is empty is as nobody in particular has it.

    `who` is a persona's name or a subscriber's address.
    """

    who: str = ""
    segment: str = ""
    locale: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How it is shown: `scheme` is light, dark (as authored) or forced (as a client inverts)."""

    scheme: str = "light"
    images: bool = True
    style: bool = True
    remote: bool = False  #: whether pictures of other hosts may be fetched


@dataclass(frozen=True, slots=True)
class Compared:
    """Of the view Compare: with what, what of it, and how two pictures lie."""

    against: str = "snapshot"
    rev: str = "HEAD"  #: of git, for `commit`
    show: str = "words"
    laid: str = "beside"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A screen's whole state."""

    view: str = "preview"
    reader: Reader = Reader()
    look: Look = Look()
    width: int = 600
    zoom: int = 100
    part: str = "html"  #: of the source view
    compared: Compared = Compared()

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Chosen:
        """The state that a query asks for; what it cannot mean is as if it had not been said."""
        return cls(
            view=_one(query, "view", VIEWS),
            reader=Reader(**{f.name: query.get(f.name, "")[:200] for f in fields(Reader)}),
            look=Look(
                scheme=_one(query, "scheme", SCHEMES),
                images=query.get("images") != "off",
                style=query.get("style") != "off",
                remote=query.get("remote") == "on",
            ),
            width=_number(query, "width", 600, 240, 1600),
            zoom=_number(query, "zoom", 100, 25, 200),
            part=_one(query, "part", ("html", "mjml", "message", "headers")),
            compared=Compared(
                against=_one(query, "against", AGAINST),
                rev=query.get("rev", "")[:100].strip() or "HEAD",
                show=_one(query, "show", SHOWN),
                laid=_one(query, "laid", LAID),
            ),
        )

    def _said(self, **changes: object) -> dict[str, str]:
        plain = Chosen()
        state = {
            "view": (self.view, plain.view),
            **{f.name: (getattr(self.reader, f.name), "") for f in fields(Reader)},
            "scheme": (self.look.scheme, plain.look.scheme),
            "images": ("on" if self.look.images else "off", "on"),
            "style": ("on" if self.look.style else "off", "on"),
            "remote": ("on" if self.look.remote else "off", "off"),
            "width": (self.width, plain.width),
            "zoom": (self.zoom, plain.zoom),
            "part": (self.part, plain.part),
            **{
                f.name: (getattr(self.compared, f.name), getattr(plain.compared, f.name))
                for f in fields(Compared)
            },
        }
        said = {name: changes.get(name, value) for name, (value, _) in state.items()}
        return {k: str(v) for k, v in said.items() if str(v) != str(state[k][1])}

    def query(self, **changes: object) -> str:
        """The query of this state with some of it changed; what is as always is left out."""
        return urlencode(self._said(**changes))

    def kept(self, *, without: str = "", reader: bool = False) -> list[tuple[str, str]]:
        """What a form must carry along; of the reader only when it does not ask for one itself."""
        own = () if reader else tuple(f.name for f in fields(Reader))
        return [(k, v) for k, v in self._said().items() if k != without and k not in own]


def _one(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = query.get(name, "")
    return value if value in known else known[0]


def _number(query: Mapping[str, str], name: str, usual: int, low: int, high: int) -> int:
    text = query.get(name, "")
    return (
        min(max(int(text), low), high)
        if text.isascii() and text.isdigit() and len(text) < 6
        else usual
    )
