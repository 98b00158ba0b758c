"""Calls of the SendGrid API into a server that forgets, beside the SDK's own helpers and client.

Both send the same letter of 70 kB to the same readers, 500 in a call, with the same values,
headers and arguments for each. Not the network is measured, but what a reader costs us.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sendgrid  # type: ignore[import-untyped] # has no types
from sendgrid.helpers import mail as helpers  # type: ignore[import-untyped] # has no types

from benchmarks import results
from benchmarks.bench_message import LETTERHEAD, letter, readers
from composer.model.delivery import Delivery
from composer.model.settings import Secret, SendgridSettings
from composer.providers.sendgrid import SendgridProvider
from composer.providers.sendgrid.form import DELIVERY_ARG
from composer.providers.sendgrid.tags import Tags
from composer.sending.message import Message
from composer.sending.provider import Batch
from tests.servers.process import running

READERS = 10_000
GROUP = 500
ROUNDS = 15
AIM = 5.0


def ours(host: str, message: Message, groups: Sequence[tuple[Delivery, ...]]) -> None:
    key = Secret("SENDGRID_API_KEY", "SG.none")
    provider = SendgridProvider(SendgridSettings(api_key=key, host=host))
    at = datetime.now(UTC)
    for group in groups:
        provider.deliver(Batch("bench", message, group, at))
    provider.close()


def theirs(host: str, message: Message, groups: Sequence[tuple[Delivery, ...]]) -> None:
    """As the SDK's documentation shows it: a Mail, and a Personalization for each reader."""
    client = sendgrid.SendGridAPIClient("SG.none", host=host)
    edition, tags = message.edition, Tags.of(message.edition)
    slots = [(slot.name, tag) for slot, tag in tags.slots.items()]
    for group in groups:
        mail = helpers.Mail(
            from_email=helpers.From("desk@news.example.org", "Harbour Watch"),
            subject=tags.subject,
            plain_text_content=tags.tagged(edition.text),
            html_content=tags.tagged(edition.html),
        )
        for delivery in group:
            mail.add_personalization(_personalization(message, slots, tags.subject, delivery))
        client.send(mail)


def _personalization(
    message: Message, slots: Sequence[tuple[str, str]], subject: str, delivery: Delivery
) -> helpers.Personalization:
    """The values go in as they are: the SDK knows nothing of HTML."""
    one, recipient = helpers.Personalization(), delivery.recipient
    one.add_to(helpers.To(str(recipient.address), recipient.display_name))
    link = f"https://news.example.org/u/{recipient.token}"
    one.add_header(helpers.Header("Message-ID", f"<{delivery.id}@news.example.org>"))
    mailto = f"<mailto:leave+{recipient.token}@news.example.org?subject=unsubscribe>"
    one.add_header(helpers.Header("List-Unsubscribe", f"<{link}>, {mailto}"))
    for name, value in message.shared_headers.items():
        one.add_header(helpers.Header(name, value))
    values = recipient.values
    for name, tag in slots:
        one.add_substitution(helpers.Substitution(tag, values.get(name, link)))
    greeting = f"Harbour Watch 14, for {values['subscriber.first_name']}"
    one.add_substitution(helpers.Substitution(subject, greeting))
    one.add_custom_arg(helpers.CustomArg(DELIVERY_ARG, delivery.id))
    return one


def rate(work: Callable[[], None]) -> tuple[float, float]:
    """Readers a second, by the clock and of processor time."""
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    work()
    cpu_s = time.process_time() - start_cpu_s
    return READERS / (time.perf_counter() - start_s), READERS / cpu_s


def main() -> None:
    message = Message.compile(letter(), LETTERHEAD)
    people = readers(READERS)
    groups = [tuple(people[n : n + GROUP]) for n in range(0, READERS, GROUP)]
    found: dict[str, list[float]] = {"ours": [], "theirs": [], "ours_cpu": [], "theirs_cpu": []}
    with (
        tempfile.TemporaryDirectory() as name,
        running("benchmarks.http_sink", Path(name), "") as sink,
    ):
        host = f"http://127.0.0.1:{sink.port}"
        for who in results.turns(["ours", "theirs"], ROUNDS):
            work = partial(ours if who == "ours" else theirs, host, message, groups)
            by_clock, by_cpu = rate(work)
            found[who].append(by_clock)
            found[f"{who}_cpu"].append(by_cpu)
    told = {
        "readers": READERS,
        "in_a_call": GROUP,
        "per_s": {name: results.spread(found[name]) for name in ("ours", "theirs")},
        "ratio": results.ratios(found["ours"], found["theirs"]),
        "ratio_by_cpu": results.ratios(found["ours_cpu"], found["theirs_cpu"]),
    }
    results.keep("sendgrid", told)
    print(json.dumps(told, indent=1))
    print(f"aim: {AIM} x the SDK's helpers and client")


if __name__ == "__main__":
    main()
