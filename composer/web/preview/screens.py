"""What each screen shows, as plain values: pages and the live page's script read the same."""

from __future__ import annotations

from collections.abc import Sequence

from composer.checks.content import GMAIL_CLIP_BYTES
from composer.checks.walk import plain, targets_of, words_of
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue
from composer.web.preview.chosen import Chosen
from composer.web.preview.desk import Desk, Seen
from composer.web.preview.inbox import rows
from composer.web.preview.letters import Letter


def frame(desk: Desk) -> dict[str, object]:
    """What stands around every screen."""
    return {"newsletter": desk.site.settings.newsletter.name, "cards": desk.cards()}


def issue(desk: Desk, name: str, chosen: Chosen) -> dict[str, object]:
    """Everything about one issue that a view may show."""
    seen = desk.see(name, chosen.reader)
    found = desk.findings(name)
    return {
        "name": name,
        "state": state(desk, name, chosen),
        "findings": told(found, desk),
        "readers": readers(desk),
        "choices": choices(seen),
        "outline": outline(seen),
        "links": links(seen),
        "inbox": rows(seen.letter, desk.site.settings.newsletter.name) if seen.letter else (),
        "text": seen.letter.text if seen.letter else "",
        "source": part(seen.letter, chosen.part) if seen.letter else "",
    }


def state(desk: Desk, name: str, chosen: Chosen) -> dict[str, object]:
    """What the live page needs after a change: small, and without the checks."""
    seen = desk.see(name, chosen.reader)
    letter = seen.letter
    return {
        "version": seen.version,
        "took_ms": round(seen.took_ms, 1),
        "errors": told(seen.findings, desk),
        "title": letter.issue.title if letter else name,
        "subject": letter.subject if letter else "",
        "preheader": letter.preheader if letter else "",
        "sizes": sizes(letter) if letter else {},
        "blocks": blocks(letter.issue) if letter else [],
        "lang": letter.edition.key.locale if letter else "",
    }


def sizes(letter: Letter) -> dict[str, int]:
    """Bytes, and how many pictures and links."""
    return {
        "html": len(letter.html.encode()),
        "text": len(letter.text.encode()),
        "message": len(letter.message),
        "pictures": len(letter.pictures),
        "links": sum(1 for _ in targets_of(letter.issue)),
        "gmail": GMAIL_CLIP_BYTES,
    }


def blocks(written: Issue) -> list[dict[str, object]]:
    """The lines where sections begin, for going from the letter to the text and back."""
    return [
        {"line": section.at.line, "text": words_of(section.heading), "id": section.id}
        for section in written.sections
    ]


def outline(seen: Seen) -> list[dict[str, object]]:
    return blocks(seen.letter.issue) if seen.letter else []


def links(seen: Seen) -> list[dict[str, object]]:
    """Each target once, with its words, its lines and how often it stands there."""
    if seen.letter is None:
        return []
    found: dict[str, dict[str, object]] = {}
    for target, words, at in targets_of(seen.letter.issue):
        link = found.setdefault(plain(target), {"target": plain(target), "words": [], "lines": []})
        _append(link["words"], words)
        _append(link["lines"], at.line)
    return list(found.values())


def _append(items: object, item: object) -> None:
    assert isinstance(items, list)  # noqa: S101 - made above
    if item not in items:
        items.append(item)


def told(findings: Sequence[Finding], desk: Desk) -> list[dict[str, object]]:
    """Findings with the file as a person would type it, and where an editor can open it."""
    shown = []
    for finding in findings:
        path = finding.path if finding.path.is_absolute() else desk.folder / finding.path
        inside = path.is_relative_to(desk.folder)
        shown.append(
            {
                "code": finding.code,
                "severity": str(finding.severity),
                "message": finding.message,
                "hint": finding.hint,
                "file": str(path.relative_to(desk.folder)) if inside else str(path),
                "line": finding.line,
                "column": finding.column,
                "error": finding.severity is Severity.ERROR,
                "edit": f"vscode://file/{path}:{finding.line}:{finding.column}",
            }
        )
    return shown


def readers(desk: Desk) -> list[dict[str, str]]:
    """The personas; subscribers are looked up by their address."""
    return [{"name": name} for name in desk.site.settings.personas]


def choices(seen: Seen) -> dict[str, Sequence[str]]:
    """The segments, locales and variants that make a difference to this issue."""
    if seen.letter is None:
        return {"segments": (), "locales": (), "variants": ()}
    made = seen.letter.choices
    variants = made.variants if len(made.variants) > 1 else ()
    locales = made.locales if len(made.locales) > 1 else ()
    return {"segments": made.segments, "locales": locales, "variants": variants}


def part(letter: Letter, name: str) -> str | None:
    """The letter's source in one of its forms; None when there is no such form."""
    head, _, _ = letter.message.partition(b"\r\n\r\n")
    forms = {
        "html": letter.html,
        "text": letter.text,
        "mjml": letter.edition.mjml,
        "message": letter.message.decode("utf-8", "replace"),
        "headers": head.decode("utf-8", "replace"),
    }
    return forms.get(name)
