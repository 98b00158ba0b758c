"""What a worker does with a share, whatever state it finds it in."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from composer.dispatch import Planned
from composer.due import look_for_due
from composer.errors import Unreachable
from composer.model.delivery import Status
from composer.model.mailing import Mailing
from composer.model.rate import Rate
from composer.sending.fleet import Worker
from composer.sending.ledger import Share
from composer.sending.orders import Bounds, Wish
from composer.sending.provider import Answer, Batch, Outcome
from composer.site import Site
from composer.storage import shares
from composer.storage.tables import deliveries, mailings
from composer.workers import chores as chores_module
from composer.workers.chores import Chores
from composer.workers.putback import PutBack
from composer.workers.station import Station
from tests.unit.sending.fakes import ScriptedProvider
from tests.unit.web.people_site import PeopleSite

ROWS = "".join(f"reader{n}@example.org,Reader {n},member\n" for n in range(12))


@dataclass
class Rig:
    """A worker with four shares of three readers each before it."""

    site: Site
    mailing: Mailing
    station: Station
    told: list[str] = field(default_factory=list)

    @property
    def cut(self) -> Sequence[Share]:
        return self.site.database.ledger.shares(self.mailing.id)

    def put_back(self, share: Share) -> float:
        with pytest.raises(PutBack) as caught:
            self.station.deliver(share)
        return caught.value.after_s

    def count(self, status: Status) -> int:
        return self.site.database.ledger.books(self.mailing.id).count(status)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(shares, "LEAST", 3)
    site = PeopleSite.make(tmp_path, readers=f"email,first_name,role\n{ROWS}").site
    mailing = Planned.of(site, site.read("2026-014"), "everyone").freeze(site)
    told: list[str] = []
    return Rig(site, mailing, Station(site, threading.Event(), told.append), told)


def test_a_share_is_delivered_and_no_more_than_that(rig: Rig) -> None:
    first, second, *_ = rig.cut
    rig.station.deliver(second)
    taken, done = rig.told
    assert taken == f"{second}: taken"
    assert re.fullmatch(rf"{second}: 3 answered in \d+ s, [\d,]+ a minute", done)
    rig.told.clear()
    assert rig.count(Status.ACCEPTED) == 3
    assert second not in rig.cut
    assert first in rig.cut
    for share in rig.cut:
        rig.station.deliver(share)
    assert rig.count(Status.ACCEPTED) == 12
    assert len(rig.told) == 2 * 3
    assert rig.site.database.ledger.orders.close(rig.mailing.id)


def test_of_a_mailing_that_was_forgotten_nothing_is_left_to_do(rig: Rig) -> None:
    share = rig.cut[0]
    assert rig.site.database.ledger.discard(rig.mailing.id)
    rig.station.deliver(share)
    assert rig.told == []


def test_a_paused_mailing_waits_and_a_cancelled_one_ends(rig: Rig) -> None:
    orders, (first, second, *_) = rig.site.database.ledger.orders, rig.cut
    orders.ask(rig.mailing.id, Wish.PAUSE)
    assert rig.put_back(first) > 0
    assert rig.count(Status.PLANNED) == 12
    orders.ask(rig.mailing.id, Wish.NONE)
    rig.station.deliver(first)
    orders.ask(rig.mailing.id, Wish.CANCEL)
    rig.station.deliver(second)
    books = rig.site.database.ledger.books(rig.mailing.id)
    assert books.balanced
    assert books.count(Status.ACCEPTED) == 3
    assert books.excluded["cancelled"] == 9


def test_what_another_process_has_is_left_to_it(rig: Rig) -> None:
    share = rig.cut[0]
    with rig.site.database.ledger.of_share(share).sender(rig.mailing.id):
        assert rig.put_back(share) > 0
    with rig.site.database.ledger.sender(rig.mailing.id):
        assert rig.put_back(share) > 0
    rig.station.deliver(share)


def test_a_mailing_whose_rate_others_use_up_has_no_need_of_one_more(rig: Rig) -> None:
    rate, ledger = Rate(1, "h"), rig.site.database.ledger
    ledger.orders.keep_to(rig.mailing.id, rate)
    rig.station.draw = lambda: 0.5
    first, second, *_ = rig.cut
    other = ledger.of_share(first)
    with other.sender(rig.mailing.id):
        assert len(other.begin(rig.mailing.id, 9, bounds=Bounds(rate=rate))) == 1
        assert rig.put_back(second) == 7.5
    assert rig.told == []

    # What nobody delivers is delivered, whatever was used of the rate before.
    rig.station.stop.set()
    assert rig.put_back(second) == 0
    assert rig.told[0] == f"{second}: taken"


def test_of_several_workers_at_a_rate_the_one_with_the_earliest_share_goes_on(rig: Rig) -> None:
    ledger, fleet = rig.site.database.ledger, rig.site.database.fleet
    ledger.orders.keep_to(rig.mailing.id, Rate(1, "h"))
    rig.station.draw = lambda: 0.5
    first, second, third, _ = rig.cut
    other = Worker("other", "mail-2", 10, mailing=rig.mailing.id, share=first.range)
    fleet.beat(other)
    assert rig.put_back(second) == 7.5
    assert rig.count(Status.ACCEPTED) == 1, "what the rate left it delivered"

    # Who has the earlier share goes on, until somebody wants an end.
    fleet.beat(replace(other, share=third.range))

    def look_and_stop(self: Station, share: Share) -> bool:
        found = looked(self, share)
        self.stop.set()
        return found

    looked = Station._is_one_too_many  # noqa: SLF001
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Station, "_is_one_too_many", look_and_stop)
        assert rig.put_back(second) == 0
    assert rig.told[-1] == f"{second}: given back, to be looked at again in 0 s"


def test_what_a_dead_worker_left_in_flight_is_unknown_and_the_rest_goes_on(rig: Rig) -> None:
    share = rig.cut[0]
    rig.site.database.ledger.of_share(share).begin(rig.mailing.id, 2)
    rig.station.deliver(share)
    assert rig.count(Status.UNKNOWN) == 2
    assert rig.count(Status.ACCEPTED) == 1
    assert "2 were in flight" in rig.told[1]
    other = rig.cut[0]
    ledger = rig.site.database.ledger.of_share(other)
    assert sum(len(ledger.begin(rig.mailing.id, 2)) for _ in range(2)) == 3
    rig.station.deliver(other)
    assert rig.count(Status.UNKNOWN) == 5


def test_what_is_due_later_is_put_back_until_then(rig: Rig) -> None:
    share = rig.cut[0]
    ledger = rig.site.database.ledger.of_share(share)
    later = int(time.time()) + 10
    taken = ledger.begin(rig.mailing.id, 10)
    ledger.finish([Outcome(d.id, Answer.DEFERRED) for d in taken], due={taken[0].id: later})
    assert 0 < rig.put_back(share) <= 10
    assert rig.told == [], "nothing was done with it"
    assert rig.count(Status.DEFERRED) == 3


def test_a_provider_out_of_reach_is_told_and_tried_again_later(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(ScriptedProvider):
        def deliver(self, batch: Batch) -> Sequence[Outcome]:
            raise Unreachable("nobody answers at mail.example.org", hint="look at it")

    monkeypatch.setattr(Site, "provider", lambda *_, **__: Away())
    assert rig.put_back(rig.cut[0]) >= 1
    assert any("nobody answers" in line for line in rig.told)
    assert rig.count(Status.PLANNED) == 12
    assert rig.site.database.ledger.mailing(rig.mailing.id), "others may be sending it"


def test_who_is_told_to_stop_puts_the_share_back_at_once(rig: Rig) -> None:
    rig.station.stop.set()
    share = rig.cut[0]
    assert rig.put_back(share) == 0
    assert rig.told[-1] == f"{share}: given back, to be looked at again in 0 s"


def test_a_worker_says_what_it_has_in_hand_and_how_fast_it_goes(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = rig.site.database.fleet
    rig.station.beat()
    assert [w.share for w in fleet.workers()] == [""]
    seen: list[Worker] = []

    def look(_: object) -> Answer:
        rig.station.beat()
        seen.extend(fleet.workers())
        return Answer.ACCEPTED

    monkeypatch.setattr(Site, "provider", lambda *_, **__: ScriptedProvider(look))
    share = rig.cut[0]
    rig.station.deliver(share)
    assert {(w.mailing, w.share) for w in seen} == {(rig.mailing.id, share.range)}
    rig.station.beat()
    assert [w.share for w in fleet.workers()] == [""]


def test_on_a_database_of_its_own_a_worker_delivers_what_is_due(rig: Rig) -> None:
    ledger, chores = rig.site.database.ledger, Chores(rig.station, None)
    chores.look()
    assert rig.count(Status.PLANNED) == 12, "a person resumes what was to go at once"
    taken = ledger.begin(rig.mailing.id, 20)
    past = int(time.time()) - 5
    ledger.finish(
        [Outcome(d.id, Answer.DEFERRED) for d in taken],
        due={d.id: past for d in taken},
    )
    chores.look()
    assert rig.count(Status.ACCEPTED) == 12
    ended = threading.Event()
    ended.set()
    chores.keep_on(ended)


def make_due(rig: Rig, due: int) -> None:
    with rig.site.database.store.writing_rows() as connection:
        connection.execute(update(deliveries).values(due=due))
        connection.execute(update(mailings).values(due=due))


def test_what_goes_at_a_rate_keeps_nothing_else_waiting(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, chores = rig.site.database.ledger.orders, Chores(rig.station, None)
    monkeypatch.setattr(chores_module, "_TURN_S", 0.0)
    orders.keep_to(rig.mailing.id, Rate(2, "h"))
    make_due(rig, int(time.time()) - 5)

    assert chores.look(), "it goes on at once"
    assert rig.count(Status.ACCEPTED) == 1
    assert chores.look()
    assert rig.count(Status.ACCEPTED) == 1
    orders.keep_to(rig.mailing.id, None)
    assert not chores.look()
    assert rig.count(Status.ACCEPTED) == 12


def test_a_worker_rests_only_when_nothing_goes_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter((True, True, False))
    done: list[str] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            done.append("rest")
            self.set()
            return True

    def look(_: Chores) -> bool:
        done.append("look")
        return next(looks)

    monkeypatch.setattr(Chores, "look", look)
    Chores(rig.station, None).keep_on(Stop())
    assert done == ["look", "look", "look", "rest"]


def test_what_should_have_gone_hours_ago_waits_for_a_person(rig: Rig) -> None:
    """Shares may lie in the queue since before the hosts were off."""
    now = int(time.time())
    share, *others = rig.cut
    make_due(rig, now - 3 * 3_600)

    assert rig.put_back(share) > 0
    assert rig.count(Status.ACCEPTED) == 0
    assert [late.mailing.id for late in look_for_due(rig.site).late] == [rig.mailing.id]

    # Somebody resumed it: what moves is not late.
    with rig.site.database.store.writing_rows() as connection:
        connection.execute(update(deliveries).values(due=now - 60))
    rig.station.deliver(share)
    with rig.site.database.store.writing_rows() as connection:
        planned = deliveries.c.status == "planned"
        connection.execute(update(deliveries).where(planned).values(due=now - 3 * 3_600))
    for other in others:
        rig.station.deliver(other)
    assert rig.count(Status.ACCEPTED) == 12
