"""Messages per second on one core: the splice against the standard library, in one run.

    python -m benchmarks.bench_message

The letter is about 70 kB on the wire with 24 slots. Every figure is the median of five
rounds; the ratio is what counts, since machines differ. The floor is 50.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default

from benchmarks import results
from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import Context, Edition, EditionKey, Parts, Slot
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox
from composer.rendering.encoders import fill
from composer.sending.message import Message

FLOOR = 50
ROUNDS = 5
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

LETTERHEAD = Letterhead(
    newsletter="Harbour Watch",
    sender=Mailbox("Harbour Watch", Address.parse("desk@news.example.org")),
    reply_to=Mailbox("", Address.parse("editors@news.example.org")),
    list_id="harbour-watch.news.example.org",
    base_url="https://news.example.org",
    bounces=Address.parse("bounces@news.example.org"),
    unsubscribe_mailto=Address.parse("leave@news.example.org"),
)

CELL = (
    '<td align="left" style="font-family:Georgia,serif;font-size:17px;line-height:1.6;'
    'padding:0 24px 12px;color:#1d1b18">Crane crews stopped loading for nine hours — and '
    "the port’s own count says six. The ferry line that nobody expected sails on Monday.</td>"
)
PARAGRAPH = (
    "Crane crews stopped loading for nine hours on Tuesday — and the port’s\n"
    "own count says six. The ferry line that nobody expected sails on Monday.\n\n"
)


def letter() -> Edition:
    """8 values in the text part, 15 in the page, one in the subject."""
    names = ("first_name", "last_name", "organisation", "city")
    return Edition(
        issue_id="2026-014",
        key=EditionKey("en"),
        subject=("Harbour Watch 14, for ", Slot("subscriber.first_name", Context.HEADER, "you")),
        text=_with_slots(PARAGRAPH * 4, names, 7, Context.TEXT, Context.TEXT_URL),
        html=_with_slots(CELL * 15, names, 14, Context.HTML, Context.URL),
    )


def _with_slots(
    literal: str, names: tuple[str, ...], count: int, context: Context, url: Context
) -> Parts:
    parts: list[str | Slot] = []
    for index in range(count):
        parts += [literal, Slot(f"subscriber.{names[index % 4]}", context, "friend")]
    return (*parts, literal, Slot("unsubscribe_url", url), "\n")


def readers(count: int) -> list[Delivery]:
    """Every second reader has letters beyond ASCII."""
    return [
        Delivery(
            f"d{n:020d}",
            Recipient(
                n,
                Address.parse(f"reader{n}@example.net"),
                f"Zoë Łaska {n}" if n % 2 else f"Ana Brown {n}",
                EditionKey("en"),
                {
                    "subscriber.first_name": f"Zoë{n}" if n % 2 else f"Ana{n}",
                    "subscriber.last_name": "O'Brien & Sons",
                    "subscriber.organisation": "Institute of Policy",
                    "subscriber.city": "Łódź" if n % 2 else "Varsund",
                },
                f"token{n:017d}",
            ),
        )
        for n in range(count)
    ]


def with_the_library(edition: Edition, message: Message, delivery: Delivery) -> bytes:
    """What most tools do for every recipient; the values are even filled in already."""
    made = EmailMessage(policy=SMTP)
    made["From"] = "Harbour Watch <desk@news.example.org>"
    made["To"] = f'"{delivery.recipient.display_name}" <{delivery.recipient.address}>'
    values = message.values(delivery)
    made["Subject"] = fill(edition.subject, values)
    for name, value in message.headers(delivery).items():
        made[name] = value
    made.set_content(fill(edition.text, values), cte="quoted-printable")
    made.add_alternative(fill(edition.html, values), subtype="html", cte="quoted-printable")
    return made.as_bytes()


def rate(work: Callable[[Delivery], object], deliveries: list[Delivery]) -> float:
    """Messages per second of processor time, median of the rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for delivery in deliveries:
            work(delivery)
        rates.append(len(deliveries) / (time.process_time() - start))
    return statistics.median(rates)


def main() -> None:
    edition = letter()
    start = time.perf_counter()
    message = Message.compile(edition, LETTERHEAD)
    compile_ms = (time.perf_counter() - start) * 1000
    sample = readers(1)[0]
    wire = b"".join(message.chunks(sample, AT))
    read = BytesParser(policy=default).parsebytes(wire)
    page = read.get_body(("html",))
    assert page is not None
    filled = fill(edition.html, message.values(sample))
    assert page.get_content().replace("\r\n", "\n") == filled, "the splice is not exact"

    print(f"{len(wire):,} bytes on the wire, {len(edition.slots)} slots")
    print(f"{compile_ms:.1f} ms to compile")
    many, few = readers(5000), readers(100)
    pieces = rate(lambda d: message.chunks(d, AT), many)
    whole = rate(lambda d: b"".join(message.chunks(d, AT)), many)
    library = rate(lambda d: with_the_library(edition, message, d), few)
    print(f"chunks()          {pieces:>9,.0f} messages/s/core  {pieces / library:>6.0f} x")
    print(f"chunks() + join   {whole:>9,.0f} messages/s/core  {whole / library:>6.0f} x")
    print(f"EmailMessage      {library:>9,.0f} messages/s/core       1 x")
    per_core = {"chunks": round(pieces), "joined": round(whole), "library": round(library)}
    results.keep("message", {"bytes": len(wire), "per_cpu_s": per_core})
    assert whole / library >= FLOOR, f"slower than {FLOOR} times the standard library"


if __name__ == "__main__":
    main()
