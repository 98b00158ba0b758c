"""Confirmation mails: written down by whoever takes a sign-up, and sent after the answer.

So an answer takes as long for one address as for another, and a mail survives a crash.
"""

from __future__ import annotations

import dataclasses
import hashlib
import textwrap
import threading
from urllib.parse import quote

from composer.errors import ComposerError, ProviderError
from composer.model.delivery import Delivery, Recipient, Status
from composer.model.edition import Edition, EditionKey
from composer.model.joining import Purpose, Waiting
from composer.model.mailing import Letterhead
from composer.outgoing import tell
from composer.rendering.strings import direction_of
from composer.sending.message import Message
from composer.sending.provider import Answer, Batch, Provider
from composer.web.public.front import LOG, Front

#: How long the postman sleeps when nobody wakes them: what was deferred, and old sign-ups.
REST_S = 30.0
_STATUS = {
    Answer.ACCEPTED: Status.ACCEPTED,
    Answer.REFUSED: Status.REFUSED,
    Answer.DEFERRED: Status.DEFERRED,
    Answer.UNKNOWN: Status.UNKNOWN,
}


def letter(front: Front, mail: Waiting) -> Edition:
    """The confirmation mail: our words and the link, and nothing that a form brought."""
    newsletter = front.site.settings.newsletter
    words = front.pages.words(mail.locale)
    kind = "mail_move" if mail.purpose is Purpose.MOVE else "mail"
    button = words["mail_move_button" if mail.purpose is Purpose.MOVE else "mail_button"]
    url = f"{newsletter.base_url}/confirm/{quote(mail.token, safe='')}"
    subject, text = words[f"{kind}_subject"], words[f"{kind}_text"]
    html = front.pages.render(
        "mail",
        mail.locale,
        title=subject,
        text=text,
        button=button,
        url=url,
        palette=dataclasses.asdict(newsletter.palette),
        start="right" if direction_of(mail.locale) == "rtl" else "left",
    )
    end = [newsletter.publisher or newsletter.name, newsletter.postal_address]
    paragraphs = [
        newsletter.name,
        textwrap.fill(text, 72),
        f"{button}:\n{url}",
        textwrap.fill(f"{words['mail_valid']} {words['mail_ignore']}", 72),
        "\n".join(textwrap.fill(line, 72) for line in end if line),
    ]
    return Edition(
        issue_id="confirm",
        key=EditionKey(mail.locale),
        subject=(subject,),
        html=(html,),
        text=("\n\n".join(paragraphs) + "\n",),
    )


def send_waiting(front: Front, provider: Provider) -> int:
    """Send every confirmation mail that waits; how many were handed over."""
    signups, sent = front.site.database.signups, 0
    while (mail := signups.next_mail(front.seconds)) is not None:
        status = _sent(front, provider, mail)
        signups.mailed(mail, status, front.seconds)
        LOG.info("confirmation mail: %s", status)
        sent += 1
    return sent


def _sent(front: Front, provider: Provider, mail: Waiting) -> Status:
    edition = letter(front, mail)
    letterhead = Letterhead.of(front.site.settings.newsletter)
    recipient = Recipient(0, mail.address, "", edition.key, {}, "")
    name = hashlib.sha256(mail.token.encode()).hexdigest()[:20]
    delivery = Delivery(f"c-{name}-{mail.tries:x}", recipient)
    message = Message.compile(edition, letterhead, notice=True)
    batch = Batch(delivery.id, message, (delivery,), front.now())
    try:
        return _STATUS[provider.deliver(batch)[0].answer]
    except ProviderError as error:  # nothing of it was taken
        LOG.error("confirmation mail: %s", error.problem)
        return Status.DEFERRED


class Postman:
    """A thread that sends what waits, until it is told to end."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._awake = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, name="confirmations", daemon=True)

    def begin(self) -> None:
        self._front.wake = self._awake.set
        self._thread.start()

    def end(self) -> None:
        """Finish the mail in hand; what still waits is sent by the next one who begins."""
        self._ends.set()
        self._awake.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._ends.is_set():
            self._awake.clear()
            try:
                self._round()
            except ComposerError as error:
                LOG.error("confirmation mail: %s", error.problem)
            except Exception as error:  # noqa: BLE001 - the thread lives on; a message may hold an address
                LOG.error("confirmation mail: %s", type(error).__name__)
            self._awake.wait(REST_S)

    def _round(self) -> None:
        site = self._front.site
        provider = site.provider(site.settings.provider.kind, outbox=site.state / "outbox")
        try:
            send_waiting(self._front, provider)
            site.database.signups.tidy(self._front.seconds)
        finally:
            provider.close()
        if failed := tell(site).failed:
            LOG.warning("%d messages to [outgoing] failed; newsletter outgoing says why", failed)
