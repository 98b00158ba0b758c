"""The screens about readers: segments, a rule tried, a subscriber explained."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from composer.model.address import Address
from composer.reports.explained import Explained
from tests.unit.web.people_site import READERS, PeopleSite


def words(text: str) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def ask(people: PeopleSite, **query: str) -> str:
    answer = people.get(f"/audience?{urlencode(query)}")
    assert answer.status == 200
    return answer.text


def test_every_segment_has_its_rule_and_its_counts(people: PeopleSite) -> None:
    said = words(ask(people))

    assert "everyone everybody on the list 5 4 0 1" in said
    assert 'board role == "board" 2 2 0 0' in said


def test_a_rule_is_tried_on_the_list_without_being_kept(people: PeopleSite) -> None:
    page = ask(people, rule='role == "member" and endswith(address, "@example.net")')

    assert "2 matched · 1 may be mailed · 1 unconfirmed" in words(page)
    assert "dan@example.net" in page
    assert ">ana@example.org<" not in page
    assert "newsletter.toml" in page
    assert "&lt;b&gt;Zoë" in page


@pytest.mark.parametrize(
    ("rule", "marked", "problem", "place"),
    [
        ('role == "board" and joinde == 1', "1", "'joinde' is text", "line 1, column 31"),
        (
            'role ==\n"board" or 3',
            "3",
            "this is not part of the rule language",
            "line 2, column 12",
        ),
        ('__import__("os")', "_", "", "line 1, column 1"),
        ("role == (", "", "", "line 1"),
    ],
)
def test_a_wrong_rule_is_marked_at_its_place(
    people: PeopleSite, rule: str, marked: str, problem: str, place: str
) -> None:
    page = ask(people, rule=rule)

    found = re.search(r"<mark>(.*?)</mark>", page, re.DOTALL)
    assert found is not None
    assert found[1].startswith(marked)
    assert problem in words(page)
    assert place in words(page)
    assert "tried here" not in page


def test_a_subscriber_is_explained_in_the_words_of_the_command_line(people: PeopleSite) -> None:
    site = people.site
    ana = Address("ana", "example.org")
    site.database.subscribers.suppress(ana, "unsubscribed", since="2026-01-01T00:00:00Z")
    entry = site.database.subscribers.find(ana)
    assert entry is not None
    told = Explained.of(entry, site.rules)

    said = words(ask(people, who="ANA@example.org"))

    assert "first_name Ana" in said
    assert told.kept_back == "suppressed (unsubscribed, 2026-01-01T00:00:00Z)"
    assert f"gets no mail: {told.kept_back}" in said
    for line in told.text.splitlines()[:-1]:
        assert " ".join(line.replace("'", "").split()) in said


@pytest.mark.parametrize(
    ("who", "said"),
    [("nobody@example.org", "nobody@example.org is not on the list"), ("not one", "not one")],
)
def test_who_is_not_on_the_list_is_said_to_be_so(people: PeopleSite, who: str, said: str) -> None:
    assert said in words(ask(people, who=who))


def test_personas_stand_beside_the_segments_they_fulfil(people: PeopleSite) -> None:
    assert "chair first_name Amira role board in everyone, board" in words(ask(people))


def test_looking_makes_no_database_and_says_how_to_import(tmp_path: Path) -> None:
    people = PeopleSite.make(tmp_path / "site", readers="")

    said = words(ask(people, rule='role == "board"', who="ana@example.org"))
    for path in ("/mailings", "/mailings/x", "/mailings/x/report", "/issues/2026-014/plan"):
        assert people.get(path).status in {200, 404}
    plan = people.get("/issues/2026-014/plan?segment=board")

    assert "newsletter subscribers import" in said
    assert "The rule is right" in said
    assert "The list is empty" in plan.text
    assert not (people.folder / ".newsletter").exists()


def test_a_list_that_was_deleted_and_made_anew_is_the_one_that_is_shown(
    people: PeopleSite, tmp_path: Path
) -> None:
    assert "5 4 0 1" in words(ask(people))
    fresh = PeopleSite.make(tmp_path / "other", readers=READERS + "fay@example.org,,,confirmed\n")
    state = people.folder / ".newsletter"
    state.rename(tmp_path / "old")
    (fresh.folder / ".newsletter").rename(state)

    assert "6 5 0 1" in words(ask(people))
