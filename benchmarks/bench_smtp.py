"""Sending through SMTP, ledger and all: messages a second by connections, near and far away.

The server reads and forgets, in a process of its own; far away is behind a proxy that makes a
round trip take 50 ms. Beside it: `smtplib.sendmail` of the same messages over one connection.
"""

from __future__ import annotations

import smtplib
import statistics
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench_send import issue
from benchmarks.lists import FIELDS, SETTINGS, write_list
from composer.audience.csv_file import SubscriberFile
from composer.audience.parse import compile_rules
from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient, Status
from composer.model.edition import EditionKey
from composer.model.mailing import Letterhead
from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.rendering.compile import compile_edition
from composer.rendering.templates import Templates
from composer.sending.choice import Editions
from composer.sending.deliver import Terms, deliver
from composer.sending.message import Message
from composer.sending.plan import Request, prepare
from composer.storage.database import open_database
from tests.servers.process import running

ROUND_TRIP_S = 0.05


@dataclass(frozen=True)
class Speed:
    per_s: float
    cpu_us: float  #: of ours, for each message

    def __str__(self) -> str:
        return f"{self.per_s:>7,.0f}/s {self.cpu_us:>6,.0f} µs CPU"


def ours(port: int, connections: int, readers: int) -> Speed:
    """Plan and freeze a mailing, then measure its delivery."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_list(folder / "list.csv", readers)
        database = open_database(SETTINGS.database_url, folder, SETTINGS, compile_rules(SETTINGS))
        with closing(SubscriberFile(folder / "list.csv", FIELDS)) as file:
            database.subscribers.import_file(file, lambda _: None, lambda _: None)
        one, letterhead = issue(), Letterhead.of(SETTINGS.newsletter)
        templates = Templates.of_site(None)
        prepared = prepare(
            Request(one.id, "everyone", "smtp", letterhead, Editions.of(one)),
            database.audience,
            lambda key: compile_edition(one, SETTINGS.newsletter, templates, key),
        )
        mailing = database.ledger.freeze(
            prepared.plan,
            letterhead,
            prepared.editions.values(),
            prepared.decisions(database.audience),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        provider = SmtpProvider(SmtpSettings(port=port, security="none", connections=connections))
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        run = deliver(mailing, database.ledger, provider, Terms())
        taken_s, cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
        assert run.books.balanced
        assert run.books.count(Status.ACCEPTED) == readers
        return Speed(readers / taken_s, cpu_s / readers * 1e6)


def smtplibs(port: int, message: Message, deliveries: list[Delivery]) -> Speed:
    """Finished bytes over one connection: no ledger, no splicing."""
    at = datetime.now(UTC)
    letters = [b"".join(message.chunks(delivery, at)) for delivery in deliveries]
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        for delivery, letter in zip(deliveries, letters, strict=True):
            smtp.sendmail("bounces@news.example.org", str(delivery.recipient.address), letter)
        taken_s, cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
    return Speed(len(letters) / taken_s, cpu_s / len(letters) * 1e6)


def round_trip_s(port: int) -> float:
    """As it is, with nothing else on the way."""
    times = []
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.ehlo()
        for _ in range(20):
            start_s = time.perf_counter()
            smtp.noop()
            times.append(time.perf_counter() - start_s)
    return statistics.median(times)


def sample(readers: int) -> tuple[Message, list[Delivery]]:
    one, key = issue(), EditionKey("en")
    edition = compile_edition(one, SETTINGS.newsletter, Templates.of_site(None), key)
    people = [
        Recipient(n, Address("reader", f"mail{n}.example.org"), "", key, {}, f"t-{n:020d}")
        for n in range(readers)
    ]
    message = Message.compile(edition, Letterhead.of(SETTINGS.newsletter))
    return message, [Delivery(f"d{n:06d}", person) for n, person in enumerate(people)]


def main() -> None:
    with ExitStack() as servers:
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
        near = servers.enter_context(running("tests.servers.counting_sink", folder, "")).port
        options = ["--to", str(near), "--round-trip", str(ROUND_TRIP_S)]
        proxy = running("tests.servers.delaying_proxy", folder, "", options)
        far = servers.enter_context(proxy).port
        message, deliveries = sample(400)
        size_kb = sum(map(len, message.chunks(deliveries[0], datetime.now(UTC)))) / 1000
        print(f"messages of {size_kb:.0f} kB")
        standard = smtplibs(near, message, deliveries)
        print(f"near  smtplib.sendmail  {standard}")
        for connections in (1, 4, 32):
            speed = ours(near, connections, 4_000)
            ratio = f"{speed.per_s / standard.per_s:.1f} of smtplib's"
            print(f"near  {connections:>2} connections    {speed}  {ratio}")
        standard = smtplibs(far, message, deliveries[:20])
        trip_s = round_trip_s(far)
        print(f"far   a round trip takes {trip_s * 1000:.1f} ms")
        print(f"far   smtplib.sendmail  {standard}")
        for connections in (1, 4, 32):
            speed = ours(far, connections, 200 * connections)
            share = f"{speed.per_s * trip_s / connections:.0%} of one message in a round trip"
            print(f"far   {connections:>2} connections    {speed}  {share}")


if __name__ == "__main__":
    main()
