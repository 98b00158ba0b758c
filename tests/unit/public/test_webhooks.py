"""What providers call: known for theirs, written down, answered, and applied afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Router

from composer.cli.main import main
from composer.errors import ConfigError, StorageError
from composer.events.event import Event, Kind, key_of
from composer.intake import apply_waiting, sources, without_token
from composer.model.address import Address
from composer.site import Site
from composer.storage.arrivals import State
from composer.web.public.front import Front
from composer.web.public.guard import Guard
from composer.web.public.webhooks import Webhooks, Worker, routes
from tests.databases import URL_FILE
from tests.unit.events.signing import (
    MAILGUN_KEY,
    NOW,
    NOW_S,
    PASSWORD,
    PROVIDERS,
    RESEND_KEY,
    TOPIC,
    USERNAME,
    Net,
    call,
    sendgrid_public,
    sns_call,
    sns_row,
)
from tests.unit.public.sites import TOML, Answer, Reader, make_site
from tests.unit.storage.lists import bring_in_text

WEBHOOKS = f"""
[webhooks.sendgrid]
key = {{ env = "SENDGRID_WEBHOOK_KEY" }}
[webhooks.ses]
topics = ["{TOPIC}"]
[webhooks.postmark]
username = "{USERNAME}"
password = {{ env = "POSTMARK_WEBHOOK_PASSWORD" }}
[webhooks.mailgun]
key = {{ env = "MAILGUN_WEBHOOK_KEY" }}
[webhooks.resend]
key = {{ env = "RESEND_WEBHOOK_KEY" }}
[webhooks.brevo]
username = "{USERNAME}"
password = {{ env = "BREVO_WEBHOOK_PASSWORD" }}
"""
KEYS = {
    "SENDGRID_WEBHOOK_KEY": sendgrid_public(),
    "POSTMARK_WEBHOOK_PASSWORD": PASSWORD,
    "MAILGUN_WEBHOOK_KEY": MAILGUN_KEY,
    "RESEND_WEBHOOK_KEY": RESEND_KEY,
    "BREVO_WEBHOOK_PASSWORD": PASSWORD,
}
WHEN = "2026-11-26T09:00:00Z"
ANA = Address("ana", "example.net")


@dataclass
class Door:
    """An app with the routes of webhooks, and who calls them."""

    site: Site
    net: Net = field(default_factory=Net)

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(Front(self.site, now=self.now), self.net.fetch)
        self.reader = Reader(Guard(Router(routes=list(self.webhooks.routes))))

    def now(self) -> datetime:
        return NOW

    def post(self, name: str, body: bytes, headers: dict[str, str]) -> Answer:
        return self.reader.ask("POST", f"/webhooks/{name}", headers, body)

    def tell(self, name: str, content: Any, **more: Any) -> Answer:
        made = call(name, content, **more)
        return self.post(name, made.body, dict(made.headers))

    def settle(self) -> None:
        assert self.webhooks.worker.idle()


@pytest.fixture(scope="module")
def environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def door(tmp_path: Path, environment: None) -> Iterator[Door]:
    yield from _opened(tmp_path / "site")


@pytest.fixture
def either_door(folder: Path, environment: None) -> Iterator[Door]:
    """On either kind of database."""
    yield from _opened(folder)


def _opened(folder: Path) -> Iterator[Door]:
    made = Door(make_site(folder, TOML + WEBHOOKS))
    bring_in_text(made.site.database, f"email,status\n{ANA},confirmed\nben@example.net,confirmed\n")
    yield made
    made.settle()


def complaint(name: str) -> Any:
    """That Ana complained, as each provider says it."""
    match name:
        case "sendgrid":
            return [{"event": "spamreport", "email": str(ANA), "timestamp": NOW_S}]
        case "ses":
            part = {"complainedRecipients": [{"emailAddress": str(ANA)}]}
            return {"eventType": "Complaint", "mail": {"messageId": "m"}, "complaint": part}
        case "postmark":
            return {"RecordType": "SpamComplaint", "Email": str(ANA), "MessageID": "m"}
        case "mailgun":
            return {"event": "complained", "recipient": str(ANA), "id": "m"}
        case "resend":
            return {"type": "email.complained", "data": {"to": [str(ANA)], "email_id": "m"}}
        case _:
            return {"event": "spam", "email": str(ANA), "ts_event": NOW_S}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_call_is_answered_when_it_is_written_down_and_applied_afterwards(
    door: Door, name: str
) -> None:
    first, again = door.tell(name, complaint(name)), door.tell(name, complaint(name))
    door.settle()

    assert (first.status, again.status) == (200, 200)
    assert (first.text, again.text) in (("new\n", "again\n"), ("new\n", "new\n"))
    assert door.site.database.subscribers.suppression(ANA) is not None
    assert door.site.database.subscribers.suppression(ANA)[0] == "complained"  # type: ignore[index]
    assert door.site.database.arrivals.counts()[State.WAITING] == 0


def test_another_body_under_a_proof_that_was_used_is_refused(door: Door) -> None:
    door.tell("mailgun", {"event": "delivered", "id": "a"}, nonce="one")
    forged = door.tell("mailgun", complaint("mailgun"), nonce="one")
    door.settle()

    assert forged.status == 401
    assert door.site.database.subscribers.suppression(ANA) is None


def test_the_key_to_a_readers_own_pages_is_not_kept_with_a_click() -> None:
    base = "https://news.example.org"
    for page, kept in (
        ("/u/tok", ""),
        ("/preferences/tok", ""),
        ("/archive/14", f"{base}/archive/14"),
    ):
        clicked = Event(key_of(page), Kind.CLICKED, link=f"{base}{page}")
        assert without_token(clicked, base).link == kept


def test_strangers_are_refused_and_nothing_is_written(door: Door) -> None:
    for name in PROVIDERS:
        made = call(name, complaint(name))
        for headers in ({}, {"authorization": "Basic YTpi"}, {"svix-signature": "ä"}):
            stripped = {"x": "y", **headers}
            body = made.body if name not in ("ses", "mailgun") else b"{}"
            assert 400 <= door.post(name, body, stripped).status < 500
        assert door.reader.get(f"/webhooks/{name}").status == 405
    assert door.post("nobody", b"[]", {}).status == 404
    assert sum(door.site.database.arrivals.counts().values()) == 0


def test_a_body_of_more_than_a_mebibyte_is_refused(door: Door) -> None:
    made = call("sendgrid", [{"event": "x", "note": "a" * 1_048_576}])

    assert door.post("sendgrid", made.body, dict(made.headers)).status == 413
    fitting = call("sendgrid", [{"event": "x", "note": "a" * 1_048_000}])
    assert door.post("sendgrid", fitting.body, dict(fitting.headers)).status == 200


def test_a_subscription_to_amazon_is_confirmed_by_fetching_what_it_says(door: Door) -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    row = sns_row("You have chosen to subscribe") | {
        "Type": "SubscriptionConfirmation",
        "Token": "2336",
        "SubscribeURL": url,
    }
    made = sns_call(row)

    assert door.post("ses", made.body, dict(made.headers)).status == 503
    door.net.pages[url] = b"<ConfirmSubscriptionResponse/>"
    assert door.post("ses", made.body, dict(made.headers)).text == "confirmed\n"
    assert door.net.asked.count(url) == 2
    assert sum(door.site.database.arrivals.counts().values()) == 0


def test_what_was_written_down_before_a_crash_is_applied_after_it(
    either_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    either_door.settle()
    monkeypatch.setattr(Worker, "wake", lambda _: None)  # it fell before it could begin
    assert either_door.tell("sendgrid", complaint("sendgrid")).status == 200
    assert either_door.site.database.subscribers.suppression(ANA) is None
    monkeypatch.undo()

    again = Door(Site.find(either_door.site.folder, either_door.site.environ))
    again.settle()

    assert again.site.database.subscribers.suppression(ANA) is not None


def test_a_call_that_nobody_can_read_holds_up_no_other(door: Door) -> None:
    made = call("sendgrid", "not a list")
    assert door.post("sendgrid", made.body, dict(made.headers)).status == 200
    door.tell("postmark", complaint("postmark"))
    door.settle()

    counts = door.site.database.arrivals.counts()
    assert (counts[State.UNREADABLE], counts[State.APPLIED]) == (1, 1)
    assert door.site.database.subscribers.suppression(ANA) is not None


def test_a_database_that_is_away_is_told_so_that_the_provider_calls_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StorageError("the database is locked")

    door.settle()
    monkeypatch.setattr(type(door.site.database.arrivals), "keep", away)
    answer = door.tell("sendgrid", complaint("sendgrid"))

    assert answer.status == 503
    assert answer.headers["retry-after"]


def test_without_tables_there_are_no_routes_and_without_keys_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(routes(Front(make_site(tmp_path / "plain")))) == []
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="SENDGRID_WEBHOOK_KEY"):
        routes(Front(make_site(tmp_path / "keyless", TOML + WEBHOOKS)))


def test_the_command_applies_what_a_stopped_server_left(
    either_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    either_door.settle()
    monkeypatch.setattr(Worker, "wake", lambda _: None)
    either_door.tell("brevo", complaint("brevo"))
    if (either_door.site.folder / URL_FILE).is_file():
        url = (either_door.site.folder / URL_FILE).read_text()
        monkeypatch.setenv("NEWSLETTER_DATABASE_URL", url)

    words = ["-C", str(either_door.site.folder), "--json", "events", "apply"]
    told = json.loads(CliRunner().invoke(main, words).stdout)
    again = json.loads(CliRunner().invoke(main, words).stdout)

    assert (told["told"], told["new"], told["suppressed"], told["unreadable"]) == (1, 1, 1, 0)
    assert (again["told"], again["new"]) == (0, 0)


def test_calls_that_cannot_be_read_are_named_with_the_reason(
    either_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    either_door.settle()
    monkeypatch.setattr(Worker, "wake", lambda _: None)
    arrivals = either_door.site.database.arrivals
    arrivals.keep("brevo", "n-1", b"{not json", received="2026-11-20T09:00:00Z")
    arrivals.keep("carrier-pigeon", "n-2", b"{}", received="2026-11-20T09:00:01Z")
    if (either_door.site.folder / URL_FILE).is_file():
        url = (either_door.site.folder / URL_FILE).read_text()
        monkeypatch.setenv("NEWSLETTER_DATABASE_URL", url)

    words = ["-C", str(either_door.site.folder), "events", "apply"]
    told = CliRunner().invoke(main, words).stdout
    calls = json.loads(CliRunner().invoke(main, [*words[:2], "--json", *words[2:]]).stdout)

    assert "2 calls could not be read, and are kept:" in told
    assert "2026-11-20T09:00:01Z carrier-pigeon: its provider is not in newsletter.toml" in told
    (_, brevo) = calls["unreadable_calls"]
    assert (brevo["provider"], brevo["received"]) == ("brevo", "2026-11-20T09:00:00Z")
    assert f"2026-11-20T09:00:00Z brevo: {brevo['trouble']}" in told
    assert brevo["trouble"]


def test_two_who_apply_at_once_apply_each_call_once(either_door: Door) -> None:
    either_door.settle()
    for number in range(30):
        row = {"event": "levitated", "email": f"r{number}@example.net", "timestamp": NOW_S}
        made = call("sendgrid", [row])
        either_door.site.database.arrivals.keep("sendgrid", str(number), made.body, received=WHEN)
    known = sources(either_door.site.settings)
    sites = [either_door.site, Site.find(either_door.site.folder, either_door.site.environ)]
    new: list[int] = []

    def work(site: Site) -> None:
        new.append(apply_waiting(site, known, now=NOW).new)

    threads = [threading.Thread(target=work, args=(site,)) for site in sites]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sum(new) == 30
    assert len(new) == 2


def large_call(door: Door, events: int) -> None:
    door.settle()
    rows = [
        {
            "event": "levitated",
            "email": f"r{n}@example.net",
            "timestamp": NOW_S,
            "sg_event_id": str(n),
        }
        for n in range(events)
    ]
    made = call("sendgrid", rows)
    door.site.database.arrivals.keep("sendgrid", "large", made.body, received=WHEN)


def test_who_has_something_to_write_waits_for_a_piece_of_a_large_call_alone(door: Door) -> None:
    large_call(door, 250)
    others = Site.find(door.site.folder, door.site.environ).database.arrivals
    between: list[dict[State, int]] = []

    def write() -> None:
        """Another process: in the middle of a transaction, it would wait in vain."""
        if len(between) < 3:
            others.keep("sendgrid", f"other-{len(between)}", b"[]", received=WHEN)
            between.append(others.counts())

    applied = apply_waiting(door.site, sources(door.site.settings), now=NOW, pause=write)

    assert (applied.told, applied.new) == (250, 250)
    assert [counts[State.APPLIED] for counts in between] == [0, 0, 0], "the last piece closes it"
    assert others.counts() == {State.WAITING: 0, State.APPLIED: 4, State.UNREADABLE: 0}


def test_a_call_that_was_cut_off_between_two_pieces_is_applied_once_in_the_end(door: Door) -> None:
    large_call(door, 250)
    moments: list[int] = []

    def end() -> None:
        moments.append(len(moments))
        if len(moments) == 3:
            raise KeyboardInterrupt

    known = sources(door.site.settings)
    with pytest.raises(KeyboardInterrupt):
        apply_waiting(door.site, known, now=NOW, pause=end)
    assert door.site.database.arrivals.counts()[State.WAITING] == 1

    applied = apply_waiting(door.site, known, now=NOW)

    assert (applied.told, applied.new) == (250, 50)
    assert door.site.database.arrivals.counts()[State.WAITING] == 0


# --- whatever comes ---------------------------------------------------------------------

HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("content-type", "authorization", "svix-id", "svix-timestamp", "svix-signature"),
            *("x-twilio-email-event-webhook-signature", "content-encoding", "expect"),
            "x-twilio-email-event-webhook-timestamp",
        ]
    ),
    st.text(max_size=30) | st.sampled_from([str(NOW_S), "v1,x", "Basic 4pyT", "Bearer x"]),
    max_size=4,
)


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory, environment: None) -> Iterator[Door]:
    made = Door(make_site(tmp_path_factory.mktemp("door"), TOML + WEBHOOKS))
    made.site.database.arrivals.counts()
    yield made
    made.settle()


@given(
    st.sampled_from(PROVIDERS),
    st.sampled_from(["POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS", "BREW"]),
    HEADERS,
    st.binary(max_size=300) | st.sampled_from([call(n, complaint(n)).body for n in PROVIDERS]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_call_makes_the_server_fail(
    open_door: Door, name: str, method: str, headers: dict[str, str], body: bytes
) -> None:
    answer = open_door.reader.ask(method, f"/webhooks/{name}", headers, body)

    assert answer.status < 500


@given(st.sampled_from(PROVIDERS), st.binary(max_size=60), st.integers(0, 200))
def test_no_signed_call_makes_the_server_fail(
    open_door: Door, name: str, noise: bytes, nonce: int
) -> None:
    """Even one who has the key cannot bring it down."""
    content = {"event": noise.decode("latin-1"), "to": [noise.hex()], "RecordType": 5}
    answer = open_door.tell(name, content if noise else [content], nonce=f"n-{nonce}")

    assert answer.status in (200, 401)
