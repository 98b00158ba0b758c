"""What stops a send whose links are counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from composer.checks.clipping import GMAIL_CLIP_BYTES, html_bytes
from composer.errors import GuardError
from composer.model.edition import Edition
from composer.model.settings import Secret, SendgridSettings
from composer.providers.outbox import OutboxProvider
from composer.providers.sendgrid import SendgridProvider
from composer.rendering.counting import with_counted_links
from composer.sending.guards import refuse_clipped, refuse_heavy_links
from composer.sending.message import Message
from tests.unit.providers.letters import EDITION, LETTERHEAD


def linked(count: int, *, filling: int = 0) -> tuple[Edition, Edition]:
    """A letter with so many links, counted and not."""
    links = "".join(f'<a href="https://a.example/{n}">x</a>' for n in range(count))
    plain = replace(EDITION, html=(f"<p>{'x' * filling}</p>{links}",))
    return with_counted_links(plain, LETTERHEAD.base_url, ""), plain


def test_a_letter_that_only_counting_makes_too_long_for_gmail_is_refused() -> None:
    _, bare = linked(100)
    counted, plain = linked(100, filling=GMAIL_CLIP_BYTES - html_bytes(bare))
    assert html_bytes(plain) == GMAIL_CLIP_BYTES
    with pytest.raises(GuardError, match="with its links counted, the HTML of en is"):
        refuse_clipped(counted, plain)
    refuse_clipped(plain, plain)
    # What is too long in any case is for the checks, and for the site to weigh.
    refuse_clipped(*linked(100, filling=GMAIL_CLIP_BYTES))


def test_what_a_call_can_hold_is_never_refused_and_what_it_cannot_is() -> None:
    from composer.model.delivery import Delivery
    from composer.providers.sendgrid.body import MAX_SUBSTITUTION_BYTES, Bodies
    from composer.providers.sendgrid.form import merge_data
    from tests.unit.providers.letters import delivery

    sendgrid = SendgridProvider(SendgridSettings(Secret("SG.none", "SENDGRID_API_KEY")))
    refused: dict[int, str] = {}
    for count in range(60, 130, 3):
        counted, _ = linked(count)
        reader = delivery(1)
        longest = Delivery("fffffffffffffff-0123456789abcdef", reader.recipient, seal=b"s" * 16)
        bodies = Bodies(Message.compile(counted, LETTERHEAD), sandbox=True)
        size = len(merge_data(bodies.personalization(longest)))
        try:
            refuse_heavy_links(counted, LETTERHEAD, sendgrid)
        except GuardError as error:
            refused[count] = str(error)
        most = MAX_SUBSTITUTION_BYTES
        assert size > 0.9 * most if count in refused else size <= most
        refuse_heavy_links(counted, LETTERHEAD, OutboxProvider(Path("outbox")))
    assert min(refused) > 60
    assert all(f"the {n} counted links of en" in told for n, told in refused.items())
