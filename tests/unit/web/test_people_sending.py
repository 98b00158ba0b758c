"""Sending from the page: the same guards as on the command line, and off unless asked for."""

from __future__ import annotations

import html
import json
import re
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from composer.errors import Unreachable
from composer.model.delivery import Status
from composer.providers.outbox import OutboxProvider
from composer.sending.orders import Wish
from composer.sending.provider import Batch, Outcome
from composer.web.preview.remembered import last_address, remember_address
from tests.unit.web.people_site import PeopleSite
from tests.unit.web.test_people import words

PLAN = "/issues/2026-014/plan?segment=everyone"
SEND = "/issues/2026-014/send"


@pytest.fixture
def people(sending_people: PeopleSite) -> PeopleSite:
    return sending_people


def form_of(page: str, confirm: str) -> dict[str, str]:
    """What the browser would send of the plan's form, with `confirm` typed into it."""
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in hidden} | {"confirm": confirm}


def finish(people: PeopleSite) -> None:
    people.preview.sender.finish()


def test_a_confirmed_plan_is_sent_and_its_books_balance(people: PeopleSite) -> None:
    page = people.get(PLAN)
    assert page.headers["referrer-policy"] == "same-origin"
    assert "This sends 4 real messages through outbox. Type everyone 4" in words(page.text)

    answer = people.post(SEND, form_of(page.text, " everyone  4 "))
    finish(people)

    mailing = people.site.database.ledger.latest()
    assert mailing is not None
    assert answer.status == 303
    assert answer.headers["location"] == f"/mailings/{mailing.id}"
    books = people.site.database.ledger.books(mailing.id)
    assert books.balanced
    assert (books.count(Status.ACCEPTED), len(people.mail)) == (4, 4)
    assert "Done: all 4 messages were accepted." in words(
        people.get(f"/mailings/{mailing.id}").text
    )
    again = people.get(PLAN).text
    assert "This would stop a send: 2026-014 was already sent to 'everyone'" in words(again)
    assert 'name="confirm"' not in again


def test_a_plan_on_the_page_tells_exact_parts_and_what_a_sample_lacks(people: PeopleSite) -> None:
    tested = """subject: {a: "A quiet strike", b: "Nine hours without cranes"}
ab_test: { sample: 50%, wait: 1h, metric: clicks }"""
    path = people.folder / "issues/2026-014/issue.md"
    path.write_text(
        path.read_text("utf-8").replace('subject: "Harbour Watch 14: a quiet strike"', tested),
        "utf-8",
    )

    whole = words(people.get(PLAN).text)
    few = words(people.get(PLAN.replace("everyone", "board")).text)

    assert "first 50 %: a 1 · b 1; the rest (2) 1 h later" in whole
    assert "would stop a send" not in whole
    assert "This would stop a send: 2 readers are too few to try 2 variants" in few
    assert "it takes 3 readers or more; --ab-test off gives every variant an equal part" in few


@pytest.mark.parametrize("typed", ["", "everyone", "everyone 5", "board 4", "yes"])
def test_another_word_than_the_plan_s_sends_nothing(people: PeopleSite, typed: str) -> None:
    answer = people.post(SEND, form_of(people.get(PLAN).text, typed))

    assert answer.status == 409
    assert "does not confirm this plan" in words(answer.text)
    assert "Type everyone 4" in words(answer.text)
    assert_nothing_left(people)


def assert_nothing_left(people: PeopleSite) -> None:
    assert people.preview.sender.sending == ""
    assert people.site.database.ledger.mailings() == []
    assert people.mail == []


def change_letter(people: PeopleSite) -> None:
    issue = people.folder / "issues" / "2026-014" / "issue.md"
    issue.write_text(issue.read_text().replace("nine hours", "ten hours"))


def change_list(people: PeopleSite) -> None:
    from composer.model.address import Address

    ana = Address("ana", "example.org")
    people.site.database.subscribers.suppress(ana, "manual", since="2026-01-01T00:00:00Z")


def change_sender(people: PeopleSite) -> None:
    site = people.folder / "newsletter.toml"
    site.write_text(site.read_text().replace("desk@news", "other@news"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_letter, "the letter changed"),
        (change_list, "the list changed"),
        (change_sender, "the sender or the provider changed"),
    ],
)
def test_what_changed_after_the_look_is_not_sent(
    people: PeopleSite, change: Callable[[PeopleSite], None], said: str
) -> None:
    form = form_of(people.get(PLAN).text, "everyone 4")
    change(people)

    answer = people.post(SEND, form)

    assert answer.status == 409
    assert said in words(answer.text)
    assert_nothing_left(people)


@pytest.mark.parametrize("missing", ["seen", "segment", "confirm"])
def test_a_form_with_something_missing_sends_nothing(people: PeopleSite, missing: str) -> None:
    form = form_of(people.get(PLAN).text, "everyone 4")
    del form[missing]

    assert people.post(SEND, form).status == 409
    assert_nothing_left(people)


def test_an_issue_with_errors_is_not_sent_whatever_is_typed(people: PeopleSite) -> None:
    form = form_of(people.get(PLAN).text, "everyone 4")
    issue = people.folder / "issues" / "2026-014" / "issue.md"
    issue.write_text(issue.read_text().replace(' | default("reader")', ""))

    answer = people.post(SEND, form)

    assert answer.status == 409
    assert "the checks found an error" in words(answer.text)
    assert_nothing_left(people)


POSTS = ["/issues/2026-014/send", "/issues/2026-014/test", "/mailings/x/resume", "/mailings/x/stop"]


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_sent_unless_the_preview_was_started_to_send(
    people: PeopleSite, path: str
) -> None:
    people = PeopleSite(people.folder)
    page = people.get(PLAN).text
    answer = people.post(path, {"to": "ana@example.org", "segment": "everyone"})

    assert 'method="post"' not in page
    assert answer.status == 403
    assert "--allow-send" in answer.text
    assert people.get("/issues/2026-014/test").status == 403
    assert_nothing_left(people)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:4041"])
def test_another_site_sends_nothing(people: PeopleSite, path: str, origin: str) -> None:
    answer = people.post(path, form_of(people.get(PLAN).text, "everyone 4"), origin=origin)

    assert answer.status == 403
    assert_nothing_left(people)


def waiting(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """An outbox that holds its first batch back: when it has it, and when it may go on."""
    reached, go = threading.Event(), threading.Event()
    plain, calls = OutboxProvider.deliver, []

    def deliver(self: OutboxProvider, batch: Batch) -> Sequence[Outcome]:
        calls.append(batch)
        if len(calls) == 1:
            reached.set()
            assert go.wait(20)
        return plain(self, batch)

    monkeypatch.setattr(OutboxProvider, "deliver", deliver)
    return reached, go


def test_a_mailing_is_watched_stopped_and_gone_on_with(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go = waiting(monkeypatch)
    where = people.post(SEND, form_of(people.get(PLAN).text, "everyone 4")).headers["location"]
    assert reached.wait(20)

    told = json.loads(people.get(f"{where}/progress.json").text)
    assert told["state"] == "running"
    assert "Stop after what is in flight" in people.get(where).text
    second = people.post(SEND, {"segment": "board", "seen": "a b c", "confirm": "board 2"})
    assert second.status == 409
    assert "one mailing at a time" in words(second.text)

    assert people.post(f"{where}/stop", {}).status == 303
    assert "Stopping: what is in flight is finished." in people.get(where).text
    go.set()
    finish(people)

    page = words(people.get(where).text)
    assert "Interrupted: " in page
    assert "Go on with it" in page
    plan = people.get(PLAN).text
    assert "is not finished" in words(plan)
    assert 'name="confirm"' not in plan

    assert people.post(f"{where}/resume", {}).status == 303
    finish(people)
    assert "Done: all 4 messages were accepted." in words(people.get(where).text)
    assert len(people.mail) == 4


def test_a_provider_that_is_out_of_reach_is_one_line_and_leaves_nothing(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(_: OutboxProvider, __: Batch) -> Sequence[Outcome]:
        raise Unreachable("the server does not answer", hint="is it running?")

    monkeypatch.setattr(OutboxProvider, "deliver", deliver)

    answer = people.post(SEND, form_of(people.get(PLAN).text, "everyone 4"))
    finish(people)
    page = people.get(answer.headers["location"])

    assert page.status == 404
    assert "the server does not answer is it running?" in words(page.text)
    assert_nothing_left(people)


def test_what_another_process_sends_is_not_gone_on_with(people: PeopleSite) -> None:
    from tests.unit.web.test_people_mailings import frozen

    mailing = frozen(people)
    with people.site.database.ledger.sender(mailing.id):
        page = words(people.get(f"/mailings/{mailing.id}").text)
        answer = people.post(f"/mailings/{mailing.id}/resume", {})

    assert "Another process is sending it." in page
    assert answer.status == 409
    assert "is being sent by another process" in words(answer.text)


def test_what_was_paused_goes_on_from_here(people: PeopleSite) -> None:
    from tests.unit.web.test_people_mailings import frozen

    mailing = frozen(people)
    where = f"/mailings/{mailing.id}"
    people.site.database.ledger.orders.ask(mailing.id, Wish.PAUSE)
    assert "Go on with it" in words(people.get(where).text)

    assert people.post(f"{where}/resume", {}).status == 303
    finish(people)
    assert "Done: all 4 messages were accepted." in words(people.get(where).text)
    assert len(people.mail) == 4


def test_what_was_cancelled_is_not_gone_on_with(people: PeopleSite) -> None:
    from tests.unit.web.test_people_mailings import frozen

    mailing = frozen(people)
    where = f"/mailings/{mailing.id}"
    people.site.database.ledger.orders.ask(mailing.id, Wish.CANCEL)
    assert "Go on with it" not in words(people.get(where).text)

    refused = people.post(f"{where}/resume", {})
    assert refused.status == 409
    assert "cancelled" in words(refused.text)
    assert people.mail == []


def test_a_test_goes_to_its_address_and_is_offered_again(people: PeopleSite) -> None:
    form = {"to": "mira@example.org", "who": "ana@example.org", "variant": ""}

    answer = people.post("/issues/2026-014/test", form)
    page = people.get(answer.headers["location"])

    assert answer.status == 303
    assert "To mira@example.org: outbox: accepted." in words(page.text)
    assert len(people.mail) == 1
    message = people.mail[0].read_text()
    assert "[TEST]" in message
    assert "To: Ana <mira@example.org>" in message
    assert people.site.database.ledger.mailings() == []
    later = people.get("/issues/2026-014/test").text
    assert 'value="mira@example.org"' in later
    assert "accepted" not in later
    kept = people.folder / ".newsletter" / "preview.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"to": "nobody"}, "nobody"),
        ({"to": "mira@example.org", "who": "zed"}, "there is no persona 'zed'"),
        ({"to": "mira@example.org", "who": "zed@example.org"}, "is not on the list"),
        ({"to": "mira@example.org", "provider": "pigeon"}, "there is no provider 'pigeon'"),
        ({}, ""),
    ],
)
def test_a_test_that_cannot_be_sent_says_why(
    people: PeopleSite, form: dict[str, str], said: str
) -> None:
    answer = people.post("/issues/2026-014/test", form)
    page = people.get(answer.headers["location"])

    assert 'class="wrong"' in page.text
    assert said in words(page.text)
    assert people.mail == []


def test_what_is_remembered_survives_rubbish_and_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "preview.json").write_text("[1, 2")
    assert last_address(tmp_path, "a") == ""

    for number in range(250):
        remember_address(tmp_path, f"issue-{number}", f"{number}@example.org")

    assert last_address(tmp_path, "issue-249") == "249@example.org"
    assert last_address(tmp_path, "issue-0") == ""
    assert [path.name for path in tmp_path.iterdir()] == ["preview.json"]


def test_clicks_are_counted_where_it_is_chosen_beside_the_segment(people: PeopleSite) -> None:
    assert '<option value="counted">are counted' in people.get(PLAN).text
    issue = people.site.folder / "issues" / "2026-014" / "issue.md"
    issue.write_text(issue.read_text("utf-8") + "\n[The brief](https://harbour.example/14)\n")
    uncounted = people.get(PLAN).text
    page = people.get(f"{PLAN}&clicks=counted").text
    assert '<option value="counted" selected>are counted' in page
    assert "through https://news.example.org/c/" in words(page)
    assert "--segment everyone --count-clicks" in page

    # What was looked at is what is sent, whatever the form says.
    other = form_of(uncounted, "everyone 4") | {"clicks": "counted"}
    assert people.post(SEND, other).status == 409
    assert people.post(SEND, form_of(page, "everyone 4")).status == 303
    finish(people)

    assert len(people.mail) == 4
    assert all("news.example.org/c/" in "".join(m.read_text().split("=\n")) for m in people.mail)
