"""The whole report of a mailing as HTML: the balanced books on top, and honest figures only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from composer.events.event import Kind
from composer.model.ab_test import DID, Figure
from composer.model.delivery import Status
from composer.model.edition import Edition, EditionKey
from composer.model.mailing import Books, Mailing
from composer.reports import plots
from composer.reports.books import COLUMNS, TOLD_LATER, gone_text, proof_of, rows_of
from composer.reports.clicked_letter import clicked_letter
from composer.reports.contests import Tried, decision_text, noise_text
from composer.reports.figures import BESIDE, Earlier, Figures
from composer.reports.intervals import wilson
from composer.reports.standing import Standing

STYLE = Path(__file__).with_name("report.css")
#: Of a page that stands alone; in the preview the names in it come from its own sheet.
_FACE = Path(__file__).with_name("page.css")


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a mailing. `edition` is the one that most readers got."""

    mailing: Mailing
    books: Books
    standing: Standing
    figures: Figures
    edition: Edition | None = None
    tried: Tried | None = None  #: its A/B test
    letter_at: str = ""  #: where the clicked letter is served; empty: it goes into the page

    @property
    def sections(self) -> str:
        """The parts below the title, for a page that has the style sheet."""
        return f'<div class="report">{"".join(filter(None, _sections(self)))}</div>'

    @property
    def letter(self) -> str:
        """The letter that most readers got, with a badge at each link; `""` without clicks."""
        if self.edition is None or not self.figures.clicks:
            return ""
        by_link = {clicked.link: clicked for clicked in self.figures.clicks}
        return clicked_letter(self.edition, self.mailing.letterhead, by_link)

    @property
    def page(self) -> str:
        """A page of its own: nothing in it comes from elsewhere, and nothing in it runs."""
        m = self.mailing
        title = f"{escape(m.issue_id)} to {escape(m.segment)}"
        style = _FACE.read_text("utf-8") + STYLE.read_text("utf-8")
        pace = f", at most {m.rate}" if m.rate else ""
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="robots" content="noindex">'
            f"<title>Report: {title}</title><style>{style}</style>"
            f"</head><body><header><h1>{title}</h1><p>{escape(m.id)} · through "
            f"{escape(m.provider)}{pace} · {escape(m.created)}</p>"
            f"<p>{escape(self.standing.words)}</p></header><main>{self.sections}</main></body></html>\n"
        )


def _sections(report: Report) -> Iterator[str]:
    for title, make in _PARTS:
        if body := make(report):
            yield f"<section><h2>{title}</h2>{body}</section>"


def _books(report: Report) -> str:
    books = report.books
    counts = {"excluded": sum(books.excluded.values())}
    counts |= {str(s): books.count(s) for s in (Status.ACCEPTED, *COLUMNS)}
    shown = {name: count for name, count in counts.items() if count}
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="n">{count:,}</td>'
        f"<td>{escape(words)}</td></tr>"
        for name, count, words in rows_of(report.mailing, books)
    )
    proof = "good" if books.balanced else "wrong"
    return (
        plots.share_bar(shown, label="The books: " + _told(shown))
        + plots.legend(shown)
        + f'<table class="books" id="books"><tbody>{rows}</tbody></table>'
        + f'<p class="proof {proof}" id="proof">{escape(proof_of(books))}</p>'
        + (f'<p class="note">{escape(gone_text(books))}.</p>' if books.gone else "")
    )


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


#: What only the receiving side can tell.
_HEARD = frozenset(Kind) - {Kind.UNSUBSCRIBED, Kind.CLICKED}
_ONLY_OURS = (
    '<p class="note">Neither a webhook nor a bounce has come in: this is what readers did on our '
    "own pages and links. How much was delivered or came back is not known.</p>"
)


def _later(report: Report) -> str:
    """What the receiving side said after a message was taken."""
    events, accepted = report.books.events, report.books.count(Status.ACCEPTED)
    if not events:
        return (
            '<p class="note">Nothing was told later: neither a webhook nor a bounce has come in. '
            "Accepted means that the provider took a message, not that it arrived.</p>"
        )
    items = [
        f"<div><dt>{kind}</dt><dd>{events.get(kind, 0):,} "
        f"<small>{_percent(events.get(kind, 0), accepted)}</small></dd></div>"
        for kind in TOLD_LATER
    ]
    if "opened" in events or "clicked" in events:
        items += [
            f"<div><dt>{word}</dt><dd>{events.get(kind, 0):,} "
            f"<small>{_percent(events.get(kind, 0), accepted)}</small></dd></div>"
            for kind, word in (("opened", "opened, at least"), ("clicked", "clicked"))
            if kind in events
        ]
        items.append(_by_machines(events))
    note = "" if _HEARD & events.keys() else _ONLY_OURS
    return f'<dl class="numbers">{"".join(items)}</dl>{note}'


def _by_machines(events: Mapping[str, int]) -> str:
    count = events.get("opened_by_machines", 0) + events.get("clicked_by_machines", 0)
    return f"<div><dt>left out: by programs</dt><dd>{count:,}</dd></div>" if count else ""


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def _time(report: Report) -> str:
    plot = plots.timeline_plot(report.figures.timeline)
    seen = {s for m in report.figures.timeline.moments for s, n in m.counts.items() if n}
    return plot and plot + plots.legend(str(s) for s in plots.ORDER if s in seen)


def _domains(report: Report) -> str:
    figures = report.figures
    rows = []
    for domain in figures.domains:
        counts = {str(s): domain.counts.get(s, 0) for s in plots.ORDER if domain.counts.get(s, 0)}
        told = [f"{domain.total:,}"]
        told += [f"{n:,} {s}" for s in _MINDED if (n := domain.counts.get(s, 0))]
        told += [f"{domain.bounced:,} bounced"] if domain.bounced else []
        told += [f"{domain.complained:,} complained"] if domain.complained else []
        rows.append((domain.name or "(not known)", counts, " · ".join(told)))
    more = f'<p class="note">… and {figures.other_domains:,} more domains.</p>'
    label = "Deliveries by receiving domain"
    return plots.bars(rows, label=label) + (more if figures.other_domains else "")


#: Statuses that are told in words beside a domain's bar.
_MINDED = (Status.REFUSED, Status.DEFERRED, Status.UNKNOWN)


def _causes(report: Report) -> str:
    if not report.figures.causes:
        return ""
    lines = "".join(
        f'<tr><td class="n">{cause.count:,}</td><td>{escape(cause.kind)}</td>'
        f"<td>{escape(cause.reason or 'nothing was said')}</td></tr>"
        for cause in report.figures.causes
    )
    return (
        '<div class="wide"><table class="causes"><thead><tr><th scope="col" class="n">Readers</th>'
        '<th scope="col">What became of it</th><th scope="col">What was said</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _links(report: Report) -> str:
    clicks = report.figures.clicks
    if not clicks:
        return ""
    rows = [
        (c.link, {"clicked": c.people, "programs": c.machines}, f"{c.people:,}")
        for c in clicks[:20]
    ]
    told = plots.bars(rows, label="Readers who followed each link")
    note = (
        '<p class="note">Readers, each counted once a link. What programs followed before any '
        "reader could is grey and counts for nothing.</p>"
    )
    if report.edition is None:
        return told + note
    letter = report.letter_at and f'src="{escape(report.letter_at)}"'
    letter = letter or f'srcdoc="{escape(report.letter)}"'
    title = "The letter, with how many followed each link"
    frame = f'<iframe sandbox="" loading="lazy" title="{title}" {letter}></iframe>'
    return told + note + frame


def _contest(report: Report) -> str:
    """Each variant with what its sample says of everybody, and what that is worth."""
    tried = report.tried
    if tried is None:
        return ""
    decision = tried.contest.decision
    told = [decision_text(decision)] if decision else []
    told.append(noise_text(decision.figures if decision else tried.figures))
    rows = "".join(_variant(name, figure) for name, figure in tried.figures.items())
    did = DID[tried.contest.test.metric]
    return (
        f'<p class="note">{escape(tried.contest.test.words)}. {escape(". ".join(told))}.</p>'
        '<div class="wide"><table class="contest"><thead><tr><th scope="col">Variant</th>'
        f'<th scope="col" class="n">accepted</th><th scope="col" class="n">{did}</th>'
        '<th scope="col" class="n">rate</th><th scope="col" class="n">95 % of such samples</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _variant(name: str, figure: Figure) -> str:
    between = wilson(figure)
    cells = [
        f"{figure.accepted:,}",
        f"{figure.people:,}",
        f"{100 * figure.rate:.1f} %",
        f"{100 * between.low:.1f} – {100 * between.high:.1f} %",
    ]
    line = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{line}</tr>'


def _parts(report: Report) -> str:
    books = report.books
    tables = [("language", books.locales), ("variant", books.variants), ("in segment", _in(books))]
    return "".join(_table(kind, parts) for kind, parts in tables if len(parts) > 1)


def _in(books: Books) -> Mapping[str, Mapping[Status, int]]:
    """Readers by the segments that the issue speaks to: one may be in several."""
    sums: dict[str, dict[Status, int]] = {}
    for name, counts in sorted(books.by_edition.items()):
        for segment in EditionKey.parse(name).segments or ("(none of them)",):
            into = sums.setdefault(segment, {})
            for status, count in counts.items():
                into[status] = into.get(status, 0) + count
    return sums


def _table(kind: str, parts: Mapping[str, Mapping[Status, int]]) -> str:
    used = [s for s in COLUMNS if any(counts.get(s) for counts in parts.values())]
    head = "".join(f'<th scope="col" class="n">{s}</th>' for s in used)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="n">{counts.get(s, 0):,}</td>' for s in used)
        + "</tr>"
        for name, counts in parts.items()
    )
    return (
        f'<div class="wide"><table class="parts"><thead><tr><th scope="col">{kind}</th>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _earlier(report: Report) -> str:
    """Beside the last ones: rates of what was accepted, where something was told."""
    if len(report.figures.earlier) < 2:
        return ""
    rows = "".join(_earlier_row(one) for one in report.figures.earlier)
    head = "".join(
        f'<th scope="col" class="n">{word}</th>'
        for word in ("accepted", "refused", *map(str, BESIDE))
    )
    return (
        '<div class="wide"><table class="earlier"><thead><tr><th scope="col">Mailing</th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _earlier_row(one: Earlier) -> str:
    cells = [f"{one.accepted:,}", _percent(one.refused, one.accepted + one.refused) or "—"]
    for kind in BESIDE:
        told = "" if one.told is None else _percent(one.told.get(str(kind), 0), one.accepted)
        cells.append(told or "—")
    line = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row">{escape(one.mailing.id)}</th>{line}</tr>'


_PARTS: tuple[tuple[str, Callable[[Report], str]], ...] = (
    ("The books", _books),
    ("What was told later", _later),
    ("Over time (UTC)", _time),
    ("By receiving domain", _domains),
    ("Why not", _causes),
    ("A/B test", _contest),
    ("Links", _links),
    ("By kind of reader", _parts),
    ("Beside the last mailings", _earlier),
)
