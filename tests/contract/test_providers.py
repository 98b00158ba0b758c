"""What every provider does, whatever it is."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import EmailMessage
from html import escape

import pytest

from composer.errors import Misconfigured, Unreachable
from composer.model.clicks import link_of
from composer.rendering.counting import with_counted_links
from composer.sending.message import Message
from composer.sending.provider import Answer, Batch, Outcome
from composer.storage.identity import Identity
from tests.contract.conftest import FaultyRig, Rig
from tests.unit.providers.letters import AT, EDITION, LETTERHEAD, MESSAGE, batch, batch_of, delivery

ANA, BEN, CLEO = "ana@example.org", "ben@example.net", "cleo@example.org"


def answers(outcomes: object) -> list[Answer]:
    assert isinstance(outcomes, list | tuple)
    return [outcome.answer for outcome in outcomes if isinstance(outcome, Outcome)]


def text_of(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def test_every_delivery_gets_one_outcome_in_order(rig: Rig) -> None:
    whole = batch_of(min(40, rig.provider.capabilities.batch_size))

    outcomes = rig.provider.deliver(whole)

    assert [o.delivery_id for o in outcomes] == [d.id for d in whole.deliveries]
    assert set(answers(outcomes)) == {Answer.ACCEPTED}
    assert all(o.provider_id for o in outcomes)
    assert len(rig.arrived()) == len(whole.deliveries)


def test_what_is_told_on_the_way_is_what_is_said_in_the_end(rig: Rig) -> None:
    told: list[Outcome] = []
    whole = replace(batch_of(5), told=told.append)

    outcomes = rig.provider.deliver(whole)

    assert [outcome for outcome in outcomes if outcome in told] == told
    assert len({o.delivery_id for o in told}) == len(told)


def test_whoever_can_refuse_tells_each_certain_outcome_at_once(faulty: FaultyRig) -> None:
    told: list[Outcome] = []
    faulty.refuse(BEN)

    outcomes = faulty.provider.deliver(replace(batch(ANA, BEN, CLEO), told=told.append))

    assert {o.delivery_id for o in told} == {o.delivery_id for o in outcomes}
    assert set(told) == set(outcomes)


def test_each_reader_gets_a_message_of_his_own(rig: Rig) -> None:
    rig.provider.deliver(
        batch(delivery(1, ANA, first_name="Ana <b>"), delivery(2, BEN, city="Åbo & Co"))
    )

    ana, ben = rig.arrived()
    assert "Dear Ana <b>,\n" in text_of(ana, "plain")
    assert "Dear Ana &lt;b&gt;," in text_of(ana, "html")
    assert ana["Subject"] == "A quiet strike for Ana <b>"
    assert "city=%C3%85bo%20%26%20Co" in text_of(ben, "html")
    assert ben["Subject"] == "A quiet strike for reader"
    assert [letter["To"].addresses[0].addr_spec for letter in (ana, ben)] == [ANA, BEN]


def test_the_header_we_wrote_is_the_header_that_arrives(rig: Rig) -> None:
    whole = batch(delivery(1, ANA, first_name="Zoë =?utf-8?q?=0D=0ABcc:_x@example.net?="))

    rig.provider.deliver(whole)

    (letter,) = rig.arrived()
    for name, value in MESSAGE.headers(whole.deliveries[0]).items():
        assert letter.get_all(name) == [value], name
    assert letter["Bcc"] is None
    assert letter["List-Unsubscribe"].startswith("<https://news.example.org/u/token-")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_message_that_cannot_be_written_costs_nobody_else_his(rig: Rig) -> None:
    broken = delivery(2, BEN)
    object.__setattr__(broken, "id", "not an id\r\n")

    outcomes = rig.provider.deliver(batch(delivery(1, ANA), broken, delivery(3, CLEO)))

    assert answers(outcomes) == [Answer.ACCEPTED, Answer.REFUSED, Answer.ACCEPTED]
    assert "could not be written" in outcomes[1].reason
    assert len(rig.arrived()) == 2


def test_batches_may_come_from_several_threads(rig: Rig) -> None:
    batches = [batch_of(10, start=1 + 10 * n) for n in range(8)]

    with ThreadPoolExecutor(4) as threads:
        outcomes = [o for found in threads.map(rig.provider.deliver, batches) for o in found]

    assert {o.answer for o in outcomes} == {Answer.ACCEPTED}
    assert len({o.delivery_id for o in outcomes}) == 80
    ids = [letter["Message-ID"] for letter in rig.arrived()]
    assert sorted(ids) == [f"<d{n:06d}@news.example.org>" for n in range(1, 81)]


def test_closing_twice_is_closing(rig: Rig) -> None:
    rig.provider.deliver(batch(ANA))

    rig.provider.close()
    rig.provider.close()


def test_an_empty_batch_is_nothing_to_do(rig: Rig) -> None:
    assert list(rig.provider.deliver(Batch("key", MESSAGE, (), AT))) == []


def test_a_marked_subject_is_the_subject_that_arrives(rig: Rig) -> None:
    marked = Message.compile(MESSAGE.edition, MESSAGE.letterhead, subject_prefix="[TEST] ")

    rig.provider.deliver(batch(ANA, message=marked))

    assert rig.arrived()[0]["Subject"] == "[TEST] A quiet strike for reader"


# --- with somebody at the other end who may say no -----------------------------------------


def test_a_refused_reader_is_refused_alone_and_not_named(faulty: FaultyRig) -> None:
    faulty.refuse(BEN)

    outcomes = faulty.provider.deliver(batch(ANA, BEN, CLEO))

    assert answers(outcomes) == [Answer.ACCEPTED, Answer.REFUSED, Answer.ACCEPTED]
    assert outcomes[1].reason
    assert BEN not in outcomes[1].reason
    assert {letter["To"].addresses[0].addr_spec for letter in faulty.arrived()} == {ANA, CLEO}


def test_a_lost_answer_leaves_an_unknown_and_nobody_is_asked_twice(faulty: FaultyRig) -> None:
    faulty.lose_one_answer()

    outcomes = faulty.provider.deliver(batch(ANA))

    assert answers(outcomes) == [Answer.UNKNOWN]
    assert len(faulty.arrived()) == 1
    assert answers(faulty.provider.deliver(batch(BEN))) == [Answer.ACCEPTED]


def test_nobody_at_the_other_end_is_nobodys_fault(faulty: FaultyRig) -> None:
    with pytest.raises(Unreachable) as caught:
        faulty.out_of_reach().deliver(batch(ANA, BEN))

    assert "127.0.0.1" in str(caught.value)
    assert caught.value.hint


def test_wrong_credentials_are_nobodys_fault_and_never_shown(faulty: FaultyRig) -> None:
    with pytest.raises(Misconfigured) as caught:
        faulty.with_wrong_credentials().deliver(batch(ANA, BEN))

    assert caught.value.hint
    assert "wrong" not in str(caught.value)
    assert faulty.arrived() == []


def test_counted_links_are_each_readers_own_and_the_text_keeps_its_targets(rig: Rig) -> None:
    target = "https://gazette.example/strike?a=1&b=2"
    html = (f'<p><a href="{escape(target)}">Read</a> ', *EDITION.html)
    plain = replace(EDITION, html=html, text=(f"Read: {target}\n", *EDITION.text))
    edition = with_counted_links(plain, LETTERHEAD.base_url, "https://news.example.org/x")
    message, identity = Message.compile(edition, LETTERHEAD), Identity(b"s" * 32)
    people = [
        replace(delivery(n, who), id=identity.delivery_id(n), seal=identity.seal(n))
        for n, who in ((7, ANA), (8, BEN))
    ]

    rig.provider.deliver(batch(*people, message=message))

    found = {}
    for letter in rig.arrived():
        links = re.findall(r'href="https://news\.example\.org/c/([^"]+)"', text_of(letter, "html"))
        found[letter["To"].addresses[0].addr_spec] = [identity.clicked(link) for link in links]
        assert f"Read: {target}\n" in text_of(letter, "plain")
        assert target not in text_of(letter, "html")
        assert "city=Varsund" in text_of(letter, "html")
    assert found == {ANA: [(7, link_of(target))], BEN: [(8, link_of(target))]}


def test_without_a_seal_counted_links_lead_straight_to_their_targets(rig: Rig) -> None:
    target = "https://gazette.example/strike?a=1&b=2"
    html = (f'<p><a href="{escape(target)}">Read</a> ', *EDITION.html)
    edition = with_counted_links(replace(EDITION, html=html), LETTERHEAD.base_url, "")

    rig.provider.deliver(batch(ANA, message=Message.compile(edition, LETTERHEAD)))

    (letter,) = rig.arrived()
    assert f'<p><a href="{escape(target)}">Read</a> <!DOCTYPE' in text_of(letter, "html")
