"""The books as people and scripts read them."""

from __future__ import annotations

import csv

from hypothesis import given
from hypothesis import strategies as st

from composer.model.delivery import Status
from composer.model.mailing import Books, Mailing
from composer.reports.books import COLUMNS, csv_rows, document_of, text_of
from composer.sending.ledger import Line
from tests.unit.sending.samples import LETTERHEAD

MAILING = Mailing(
    id="2026-014-board-7f3a",
    issue_id="2026-014",
    segment="board",
    provider="smtp",
    letterhead=LETTERHEAD,
    edition_digest="sha256:0",
    created="2026-11-20T09:00:00Z",
    matched=10,
)


@given(
    st.dictionaries(st.sampled_from(COLUMNS), st.integers(0, 99)),
    st.dictionaries(st.sampled_from(["suppressed", "unconfirmed"]), st.integers(0, 99)),
    st.integers(-3, 3),
)
def test_the_books_balance_exactly_when_every_matched_subscriber_is_in_one_column(
    counts: dict[Status, int], excluded: dict[str, int], gap: int
) -> None:
    total = sum(counts.values()) + sum(excluded.values())
    books = Books(MAILING.id, total + gap, excluded, counts)

    assert books.balanced == (gap == 0)
    assert ("the books balance" in text_of(MAILING, books)) == (gap == 0)
    assert document_of(MAILING, books)["balanced"] == (gap == 0)


def test_the_text_shows_the_sum_that_proves_it() -> None:
    counts = {Status.ACCEPTED: 6, Status.REFUSED: 1, Status.UNKNOWN: 1}
    text = text_of(MAILING, Books(MAILING.id, 10, {"suppressed": 2, "unconfirmed": 0}, counts))

    assert "10 = 2 + 6 + 1 + 1   the books balance" in text
    assert "unconfirmed" not in text


editions = st.dictionaries(
    st.sampled_from(["en/a", "en/b+board", "de/a", "de/b", "de-AT/b+board+press"]),
    st.dictionaries(st.sampled_from(COLUMNS), st.integers(1, 99), min_size=1),
)


@given(editions)
def test_languages_and_variants_each_add_up_to_the_whole(
    by_edition: dict[str, dict[Status, int]],
) -> None:
    counts = {s: sum(c.get(s, 0) for c in by_edition.values()) for s in COLUMNS}
    document = document_of(MAILING, Books(MAILING.id, 0, {}, counts, by_edition))

    for parts in (document["locales"], document["variants"]):
        assert isinstance(parts, dict)
        for status in COLUMNS:
            assert sum(part[str(status)] for part in parts.values()) == counts[status]


def test_languages_and_variants_are_shown_where_there_are_several() -> None:
    accepted, refused = Status.ACCEPTED, Status.REFUSED
    by_edition = {
        "de/a": {accepted: 2},
        "en/a+board": {accepted: 1000, refused: 1},
        "en/a": {accepted: 1},
    }
    counts = {accepted: 1003, refused: 1}

    text = text_of(MAILING, Books(MAILING.id, 1004, {}, counts, by_edition))

    assert text.endswith(
        "\n\n  locale        accepted     refused"
        "\n  de                   2           0"
        "\n  en               1,001           1"
    )
    assert "variant" not in text


def test_the_document_has_every_column_that_scripts_read() -> None:
    document = document_of(MAILING, Books(MAILING.id, 0, {"suppressed": 0}, {}))

    assert set(document) >= {
        *("mailing", "issue", "segment", "matched", "excluded", "planned", "attempting"),
        *("accepted", "refused", "deferred", "unknown", "balanced", "events"),
    }
    assert document["events"] == {"delivered": 0, "bounced": 0, "complained": 0, "unsubscribed": 0}


def test_a_spreadsheet_runs_nothing_that_a_server_said() -> None:
    line = Line(
        "d1", "ana@example.org", Status.REFUSED, '=HYPERLINK("http://x")', 2, provider="smtp"
    )

    rows = list(csv.reader("".join(csv_rows([line])).splitlines()))

    assert rows[0] == ["delivery", "address", "status", "attempts", "reason", "provider"]
    said = '\'=HYPERLINK("http://x")'
    assert rows[1] == ["d1", "ana@example.org", "refused", "2", said, "smtp"]
