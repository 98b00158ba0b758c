"""What `newsletter check --links` says: each link asked once, told at each of its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from composer.links.answer import Answer, Question, Verdict
from composer.links.ask import MAX_BODY_BYTES, Asker
from composer.links.codes import ERROR, TROUBLES, WARNING
from composer.links.crowd import ask_all, host_of
from composer.links.memory import Memory
from composer.links.mentions import Mention, is_own, mentions_of
from composer.model.finding import Finding, Severity
from composer.model.issue import Issue
from composer.model.settings import NewsletterSettings

#: What is asked of an image in a message: more is slow on a phone.
MAX_IMAGE_BYTES = MAX_BODY_BYTES


#: Pictures that every mail client shows (caniemail.com, features of the group "image").
_SHOWN = frozenset({"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"})
_VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True, slots=True)
class LinkReport:
    """`notes` are for people, on stderr: what was passed over, and why."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    asked: int
    remembered: int


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """What a check of links works with.

    `expect` is told how many URLs will be asked, `progress` how many were.
    """

    asker: Asker
    memory: Memory
    expect: Callable[[int], None] = lambda _: None
    progress: Callable[[int], None] = lambda _: None


def check_links(
    issues: Sequence[Issue], newsletter: NewsletterSettings, desk: LinkDesk
) -> LinkReport:
    """Ask for every link and remote image of `issues`: each URL once, whatever its places."""
    mentions = list(dict.fromkeys(m for issue in issues for m in mentions_of(issue, newsletter)))
    known = [m for m in mentions if m.url and not is_own(m.url, newsletter)]
    notes = _notes(mentions, newsletter)
    questions = _questions(known)
    answers = {q: answer for q in questions.values() if (answer := desk.memory.recall(q))}
    remembered = len(answers)
    missing = [q for q in questions.values() if q not in answers]
    found: list[tuple[Question, Answer]] = []
    desk.expect(len(missing))
    try:
        for question, answer in ask_all(missing, desk.asker, desk.progress):
            found.append((question, answer))
            answers[question] = answer
    finally:
        desk.memory.learn(found)
        if found:
            desk.memory.save()
    if desk.memory.note:
        notes.append(desk.memory.note)
    if _is_offline(found):
        findings = [
            _offline(known[0], found),
            *_all_findings(known, questions, answers, quiet=True),
        ]
    else:
        findings = _all_findings(known, questions, answers)
    return LinkReport(
        tuple(sorted(findings, key=lambda f: (str(f.path), f.line, f.column))),
        tuple(notes),
        len(found),
        remembered,
    )


def _questions(mentions: Sequence[Mention]) -> dict[tuple[str, bool], Question]:
    """One for each URL and its use; the fragments of all its places go into it."""
    fragments: dict[tuple[str, bool], set[str]] = {}
    for mention in mentions:
        fragments.setdefault((mention.url, mention.image), set()).add(mention.fragment)
    return {
        (url, image): Question(url, frozenset(names - {""}), image)
        for (url, image), names in fragments.items()
    }


def _notes(mentions: Sequence[Mention], newsletter: NewsletterSettings) -> list[str]:
    own = sum(1 for m in mentions if m.url and is_own(m.url, newsletter))
    personal = sum(1 for m in mentions if not m.url)
    notes = []
    if own:
        notes.append(f"not asked: {own} of the newsletter's own pages")
    if personal:
        notes.append(f"not asked: {personal} that a reader's value without a default completes")
    return notes


def _all_findings(
    mentions: Sequence[Mention],
    questions: Mapping[tuple[str, bool], Question],
    answers: Mapping[Question, Answer],
    *,
    quiet: bool = False,
) -> list[Finding]:
    """`quiet` leaves out those links that could not be asked for want of a network."""
    findings = []
    for mention in mentions:
        answer = answers[questions[mention.url, mention.image]]
        if not (quiet and answer.verdict is Verdict.OFFLINE):
            findings += list(_findings(mention, answer))
    return findings


def _findings(mention: Mention, answer: Answer) -> Iterator[Finding]:
    what = "image" if mention.image else "link"
    shown = f"the {what} {mention.url}"
    if trouble := TROUBLES.get(answer.verdict):
        code, severity, hint = trouble
        yield _finding(mention, code, severity, f"{shown} {answer.reason}", hint)
        return
    if answer.moved_to and not _is_same(answer.moved_to, mention.url):
        anchor = f"#{mention.fragment}" if mention.fragment else ""
        hint = f"write {answer.moved_to}{anchor}"
        if _is_front_page(answer.moved_to) and not _is_front_page(mention.url):
            hint = (
                f"it leads to the front page {answer.moved_to} now: look whether the page is gone"
            )
        yield _finding(mention, "link/moved", WARNING, f"{shown} has moved for good", hint)
    if answer.https:
        hint = f"write https{mention.url[len('http') :]}"
        yield _finding(mention, "link/https-available", WARNING, f"{shown} has https too", hint)
    if mention.fragment in answer.absent:
        message = f"the page {mention.url} has no place #{mention.fragment}"
        yield _finding(mention, "link/fragment", WARNING, message, "link to the page itself")
    if mention.image:
        yield from _image_findings(mention, answer, shown)


def _image_findings(mention: Mention, answer: Answer, shown: str) -> Iterator[Finding]:
    kind = answer.media_type
    if kind not in _SHOWN:
        vague = kind in _VAGUE or kind.startswith("image/")
        yield _finding(
            mention,
            "image/remote-type",
            WARNING if vague else ERROR,
            f"{shown} is served as {kind or 'nothing in particular'}",
            "mail clients show PNG, JPEG, GIF and WebP",
        )
    if (answer.size_bytes or 0) > MAX_IMAGE_BYTES:
        hint = "600 pixels wide, doubled for sharp screens, is enough: 1200"
        yield _finding(mention, "image/remote-size", WARNING, f"{shown} is larger than 1 MiB", hint)


def _finding(mention: Mention, code: str, severity: Severity, message: str, hint: str) -> Finding:
    at = mention.at
    return Finding(code, severity, _plain(message), _plain(hint), mention.path, at.line, at.column)


def _plain(text: str) -> str:
    """One line without what a terminal obeys: servers choose some of these words."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:600]


def _is_offline(found: Sequence[tuple[Question, Answer]]) -> bool:
    """Nothing that was asked could be reached at all."""
    asked = [a.verdict for _, a in found if a.verdict is not Verdict.UNASKED]
    return bool(asked) and all(verdict is Verdict.OFFLINE for verdict in asked)


def _offline(first: Mention, found: Sequence[tuple[Question, Answer]]) -> Finding:
    hosts = len({host_of(question) for question, _ in found})
    return _finding(
        Mention(first.path, first.at, "", ""),
        "link/offline",
        ERROR,
        f"no link could be asked: none of {hosts} hosts can be looked up or reached from here",
        "look at the network; proxies of the environment are not used",
    )


def _is_same(one: str, other: str) -> bool:
    """Nothing for an editor to do: only a final slash or the case of the host differ."""
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
