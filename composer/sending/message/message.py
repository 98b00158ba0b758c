"""The compiled message: what every delivery of one edition shares, and the rest spliced in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from composer.model.delivery import Delivery
from composer.model.edition import Edition
from composer.model.mailing import Letterhead
from composer.sending.message.body import Body
from composer.sending.message.crosscheck import SAMPLE, refuse_misread
from composer.sending.message.filling import Filling
from composer.sending.message.fitness import refuse_unfit
from composer.sending.message.head import Head, envelope_sender
from composer.sending.message.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """An edition under a letterhead, ready for any number of deliveries, from any thread.

    Made by `compile`; the private fields are what it worked out.
    """

    edition: Edition
    letterhead: Letterhead
    _filling: Filling = field(repr=False)
    _subject: Subject = field(repr=False)
    _head: Head = field(repr=False)
    _body: Body = field(repr=False)

    @classmethod
    def compile(
        cls,
        edition: Edition,
        letterhead: Letterhead,
        *,
        subject_prefix: str = "",
        notice: bool = False,
    ) -> Message:
        """Write once whatever is the same for all readers.

        `subject_prefix` stands before the subject of every message: `[TEST] `. A `notice` is
        no list mail: it answers what one person asked for, and is marked as sent by a program.

        Raises:
            ConfigError: the letterhead cannot be written as mail headers.
            TemplateError: the edition holds characters that no message may hold.
        """
        refuse_unfit(edition, letterhead, subject_prefix)
        body = Body.of(edition)
        head = (
            Head.of_notice(letterhead, body.content_type)
            if notice
            else Head.of(letterhead, edition.issue_id, body.content_type)
        )
        sample = head.block(SAMPLE, "", datetime(2000, 1, 1, tzinfo=UTC))
        refuse_misread(sample, head.names, letterhead)
        return cls(
            edition=edition,
            letterhead=letterhead,
            _filling=Filling.of(edition, letterhead.base_url),
            _subject=Subject.of(subject_prefix, edition.subject),
            _head=head,
            _body=body,
        )

    def values(self, delivery: Delivery) -> Mapping[str, str]:
        """Plain text for every slot of the edition, defaults and our own URLs included.

        Missing are only names without a value whose slots have different defaults: there
        each slot's own default stands.

        Raises:
            ComposerError: a slot has neither value nor default; it names the slot.
        """
        return self._filling.values(delivery)

    def must_be_given(self, name: str) -> bool:
        """Whether `values` raises for a delivery without a value of that name."""
        return self._filling.must_be_given(name)

    def subject(self, values: Mapping[str, str]) -> str:
        """The whole subject, in one line, with what `values` gave for one delivery."""
        return self._subject.filled(values)

    def headers(self, delivery: Delivery) -> Mapping[str, str]:
        """The list headers of one delivery for providers that take headers one by one.

        `Message-ID`, `List-ID`, `List-Unsubscribe`, `List-Unsubscribe-Post` and what else
        we set beside From, To, Subject, Reply-To, Date and MIME: ASCII, unfolded.
        """
        return {**self._head.own(delivery), **self._head.constant}

    def own_headers(self, delivery: Delivery) -> Mapping[str, str]:
        """Those of `headers` that differ between deliveries."""
        return self._head.own(delivery)

    @property
    def shared_headers(self) -> Mapping[str, str]:
        """Those of `headers` that are the same for all deliveries."""
        return self._head.constant

    def envelope_sender(self, delivery: Delivery) -> str:
        """`bounces+RETURNED@domain`: a bounce to it tells which delivery it was."""
        return envelope_sender(self.letterhead.bounces, delivery)

    def chunks(self, delivery: Delivery, at: datetime) -> list[bytes]:
        """The whole message, to be written one piece after the other: CRLF, not dot-stuffed.

        The first piece is the header lines, the next begins with the blank line behind them.
        The pieces but for the readers' own are the same objects in every message.

        Raises:
            ComposerError: a slot has neither value nor default, or a header does not read
                back as it was meant.
        """
        values = self._filling.values(delivery)
        head = self._head.block(delivery, self._subject.filled(values), at)
        return self._body.behind(head, values)

    def head(self, delivery: Delivery, at: datetime) -> bytes:
        """Only the header lines of `chunks`, each with its CRLF.

        Raises:
            ComposerError: as `chunks`.
        """
        return self._head.block(delivery, self.subject(self.values(delivery)), at)
