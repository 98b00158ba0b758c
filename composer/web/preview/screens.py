"""What each screen shows, as plain values: pages and the live page's script read the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from composer.checks.clipping import GMAIL_CLIP_BYTES
from composer.checks.walk import plain, targets_of
from composer.errors import ComposerError
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue
from composer.sending.choice import Editions
from composer.web.preview import comparing
from composer.web.preview.chosen import SCHEMES, WIDTHS, Chosen
from composer.web.preview.desk import Desk, Seen
from composer.web.preview.inbox import inboxes
from composer.web.preview.letters import Letter
from composer.web.preview.lines import blocks, outline
from composer.web.preview.statuses import DRAFT

Values = dict[str, object]


def frame(desk: Desk) -> Values:
    """What stands around every screen."""
    return {"newsletter": desk.last_site.settings.newsletter.name, "cards": desk.cards()}


def issue(desk: Desk, name: str, chosen: Chosen) -> Values:
    """What the chosen view of an issue shows, and what stands around it."""
    seen = desk.see(name, chosen.reader)
    written = _written(desk, name)
    shown = seen.letter.read if seen.letter else written
    own = VIEWED.get(chosen.view)
    return {
        "name": name,
        "newsletter": desk.last_site.settings.newsletter.name,
        "state": state(desk, name, seen),
        "standing": desk.statuses().get(name, DRAFT),
        "readers": [{"name": persona} for persona in desk.last_site.settings.personas],
        "list_size": desk.last_site.database_exists,
        "reader_said": reader_said(seen, chosen),
        "choices": choices(written),
        "outline": outline(shown) if shown else [],
        **(own(desk, name, chosen, seen) if own else {}),
    }


def state(desk: Desk, name: str, seen: Seen) -> Values:
    """What the live page needs after a change: small, and without the checks."""
    letter = seen.letter
    path = letter.issue.path if letter else desk.path_of(name)
    return {
        "version": seen.version,
        "took_ms": round(seen.took_ms, 1),
        "errors": told(seen.findings, desk),
        "good": letter is not None,
        "title": letter.issue.title if letter else getattr(_written(desk, name), "title", name),
        "subject": letter.subject if letter else "",
        "preheader": letter.preheader if letter else "",
        "sizes": sizes(letter) if letter else {},
        "blocks": blocks(letter.read) if letter else [],
        "lang": letter.edition.key.locale if letter else "",
        "file": desk.last_site.shown(path) if path else "",
        "edit": desk.editor.pattern_for(path.resolve()) if path else "",
        "touched": desk.touched(path) if path else 0,
    }


def _written(desk: Desk, name: str) -> Issue | None:
    """The issue, whoever reads it; None when it has mistakes."""
    try:
        return desk.issue(name)
    except ComposerError:
        return None


def sizes(letter: Letter) -> dict[str, int]:
    """Bytes, and how many pictures and links."""
    return {
        "html": len(letter.html.encode()),
        "text": len(letter.text.encode()),
        "pictures": len(letter.pictures),
        "links": sum(1 for _ in targets_of(letter.read)),
        "gmail": GMAIL_CLIP_BYTES,
    }


def reader_said(seen: Seen, chosen: Chosen) -> str:
    """What tells this reader from others: their name, language, variant and segments."""
    if seen.letter is None or seen.findings or not chosen.reader.who:
        return ""
    key = seen.letter.edition.key
    parts = [seen.letter.delivery.recipient.display_name, key.locale, key.variant, *key.segments]
    return " · ".join(filter(None, parts))


def choices(written: Issue | None) -> dict[str, Sequence[str]]:
    """The segments, locales and variants that make a difference to this issue."""
    if written is None:
        return {"segments": (), "locales": (), "variants": ()}
    made = Editions.of(written)
    variants = made.variants if len(made.variants) > 1 else ()
    locales = made.locales if len(made.locales) > 1 else ()
    return {"segments": made.segments, "locales": locales, "variants": variants}


# --- findings ----------------------------------------------------------------------------


def told(findings: Sequence[Finding], desk: Desk, issue_id: str = "") -> list[Values]:
    """Findings with the file as a person would type it, and where an editor can open it."""
    shown = []
    for finding in findings:
        path = finding.path if finding.path.is_absolute() else desk.folder / finding.path
        shown.append(
            {
                "code": finding.code,
                "severity": str(finding.severity),
                "message": finding.message,
                "hint": finding.hint,
                "file": _name(path, desk),
                "line": finding.line,
                "column": finding.column,
                "error": finding.severity is Severity.ERROR,
                "locale": _locale_of(path, desk, issue_id),
                "edit": desk.editor.link(path, finding.line, finding.column),
            }
        )
    return shown


def _locale_of(path: Path, desk: Desk, issue_id: str) -> str:
    """The language of the letter that `path` is the text of; `""` where it is that of none."""
    written = _written(desk, issue_id) if path.parent.name == issue_id else None
    texts = written.texts if written else ()
    return next((text.locale for text in texts if text.path.name == path.name), "")


def _name(path: Path, desk: Desk) -> str:
    """A file as a person would type it; `""` where something is wrong with none."""
    if path == desk.folder:
        return ""
    return str(path.relative_to(desk.folder)) if path.is_relative_to(desk.folder) else str(path)


def findings(desk: Desk, name: str) -> list[Values]:
    """What `newsletter check` says of the issue and of the site, errors first."""
    found = told(desk.findings(name), desk, name)
    return sorted(found, key=lambda told: not told["error"])


#: What a family of checks looks after, where its name does not say it.
FAMILIES = {
    "a11y": "Accessibility",
    "attributes": "Attributes in braces",
    "button": "Buttons",
    "cite": "Citations",
    "client": "Mail programs",
    "code": "Code",
    "config": "Settings",
    "css": "Style sheets",
    "dark": "Dark scheme",
    "fence": "::: blocks",
    "heading": "Headings",
    "html": "HTML",
    "i18n": "Translations",
    "ignore": "Silenced checks",
    "image": "Images",
    "link": "Links",
    "merge": "Personal values",
    "message": "The message",
    "meta": "Front matter",
    "mjml": "MJML",
    "section": "Sections",
    "segment": "Segments",
    "style": "House style",
    "table": "Tables",
}


def grouped(found: Sequence[Values]) -> list[Values]:
    """By family, in the order of their first finding."""
    families: dict[str, list[Values]] = {}
    for one in found:
        families.setdefault(str(one["code"]).partition("/")[0], []).append(one)
    return [
        {"name": FAMILIES.get(name, name.capitalize()), "findings": some}
        for name, some in families.items()
    ]


# --- the views ---------------------------------------------------------------------------


def _inbox(desk: Desk, _: str, __: Chosen, seen: Seen) -> Values:
    sender = (
        desk.last_site.settings.newsletter.sender.name or desk.last_site.settings.newsletter.name
    )
    return {"inbox": inboxes(seen.letter, sender) if seen.letter else ()}


def _text(_: Desk, __: str, ___: Chosen, seen: Seen) -> Values:
    return {"text": seen.letter.text if seen.letter else ""}


def _source(_: Desk, __: str, chosen: Chosen, seen: Seen) -> Values:
    text = (part(seen.letter, chosen.part) if seen.letter else None) or ""
    lines = text.count("\n") + 1
    return {
        "source": text,
        "source_bytes": len(text.encode()),
        "source_lines": lines,
        "source_numbers": "\n".join(map(str, range(1, lines + 1))),
    }


def _checks(desk: Desk, name: str, _: Chosen, __: Seen) -> Values:
    return {"grouped": grouped(findings(desk, name))}


def _links(desk: Desk, _: str, __: Chosen, seen: Seen) -> Values:
    return {"links": links(desk, seen)}


def links(desk: Desk, seen: Seen) -> list[Values]:
    """Each target once, with its words, its places and how often it stands there."""
    if seen.letter is None:
        return []
    path = seen.letter.issue.path
    places: dict[str, list[tuple[str, int]]] = {}
    for target, words, at in targets_of(seen.letter.read):
        places.setdefault(plain(target), []).append((words, at.line))
    return [
        {
            "target": target,
            "words": list(dict.fromkeys(words for words, _ in found)),
            "times": len(found),
            "lines": [
                {
                    "line": line,
                    "file": desk.last_site.shown(path),
                    "edit": desk.editor.link(path.resolve(), line),
                }
                for line in dict.fromkeys(line for _, line in found)
            ],
        }
        for target, found in places.items()
    ]


def _grid(desk: Desk, _: str, chosen: Chosen, __: Seen) -> Values:
    def cells(who: str, scheme: str) -> list[Values]:
        changes = {"view": "preview", "who": who, "scheme": scheme}
        return [
            {"width": width, "scheme": scheme, "query": chosen.query(width=width, **changes)}
            for width in WIDTHS
        ]

    personas = desk.last_site.settings.personas
    own = chosen.reader.who
    names = dict.fromkeys(("" if own in personas else own, "", *personas))
    rows = {who: [(scheme, cells(who, scheme)) for scheme in SCHEMES[:2]] for who in names}
    return {"grid": [{"name": who, "rows": made} for who, made in rows.items()]}


#: What only one view needs; the others cost nothing.
VIEWED: Mapping[str, Callable[[Desk, str, Chosen, Seen], Values]] = {
    "inbox": _inbox,
    "text": _text,
    "source": _source,
    "checks": _checks,
    "links": _links,
    "grid": _grid,
    "compare": comparing.screen,
}


def part(letter: Letter, name: str) -> str | None:
    """The letter's source in one of its forms; None when there is no such form."""
    head, _, _ = letter.message.partition(b"\r\n\r\n")
    forms: dict[str, Callable[[], str]] = {
        "html": lambda: letter.html,
        "text": lambda: letter.text,
        "mjml": lambda: letter.edition.mjml,
        "message": lambda: letter.message.decode("utf-8", "replace").replace("\r\n", "\n"),
        "headers": lambda: head.decode("utf-8", "replace").replace("\r\n", "\n"),
    }
    return forms[name]() if name in forms else None


def addresses(desk: Desk, text: str) -> Sequence[str]:
    """At most 20 addresses of the list that `text` is part of; none where there is no list."""
    if len(text) < 2 or not desk.last_site.database_exists:
        return ()
    try:
        return desk.last_site.database.subscribers.addresses(text, limit=20)
    except ComposerError:
        return ()
