"""What `newsletter check --links` says: each link asked once, told at each of its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


#: What a machine without a network meets; some resolvers then deny every name.
NO_NETWORK = frozenset({Verdict.OFFLINE, Verdict.NAMELESS})


@dataclass(frozen=True, slots=True)
class LinkReport:
    """`notes` are for people: what was passed over, and why."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    asked: int
    remembered: int


class LinkCheck:
    """Every link and remote image of some issues: each URL asked once, whatever its places."""

    def __init__(
        self, issues: Sequence[Issue], newsletter: NewsletterSettings, memory: Memory
    ) -> None:
        texts = [text for issue in issues for text in issue.texts]
        every = list(dict.fromkeys(m for text in texts for m in mentions_of(text, newsletter)))
        self._memory = memory
        self._mentions = [m for m in every if m.url and not is_own(m.url, newsletter)]
        self._notes = _notes(every, newsletter)
        self._questions = _questions(self._mentions)
        self._answers: dict[Question, Answer] = {}
        for question in self._questions.values():
            if answer := memory.recall(question):
                self._answers[question] = answer
        self.to_ask = [q for q in self._questions.values() if q not in self._answers]

    def run(self, asker: Asker, progress: Callable[[int], None] = lambda _: None) -> LinkReport:
        """Ask what is not remembered; `progress` is told how many answers came.

        What is known when the run is interrupted is remembered.
        """
        remembered = len(self._answers)
        found: list[tuple[Question, Answer]] = []
        try:
            for question, answer in ask_all(self.to_ask, asker, progress):
                found.append((question, answer))
        finally:
            self._memory.learn(found)
            if found:
                self._memory.save()
        self._answers.update(found)
        note = self._memory.note
        notes = (*self._notes, note) if note else tuple(self._notes)
        return LinkReport(tuple(self._findings(found)), notes, len(found), remembered)

    def _findings(self, found: Sequence[tuple[Question, Answer]]) -> list[Finding]:
        """Without a network there is one finding, not one for each link."""
        offline = _is_offline(found)
        findings = [_offline(self._mentions[0], found)] if offline else []
        for mention in self._mentions:
            answer = self._answers[self._questions[mention.url, mention.image]]
            if not (offline and answer.verdict in NO_NETWORK):
                findings += list(_findings(mention, answer))
        return findings


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
    """Nothing that was asked could be reached, and that is not the links' fault alone."""
    met = {answer.verdict for _, answer in found} - {Verdict.UNASKED, Verdict.NAMELESS}
    return met == {Verdict.OFFLINE}


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
