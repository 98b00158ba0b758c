"""What can never be sent is refused when a message is compiled, all of it at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composer.errors import ConfigError, TemplateError
from composer.model.address import Address
from composer.model.edition import Context, Edition, InlineImage, Slot
from composer.model.mailing import Letterhead
from composer.model.settings import Mailbox
from composer.sending.message import Message
from tests.unit.message.samples import LETTERHEAD, content_of, delivery, edition, read, wire_of

DESK = Address.parse("desk@news.example.org")
PICTURE = InlineImage("a", "a.png", "image/png", b"x")


@pytest.mark.parametrize(
    ("letterhead", "complaint"),
    [
        (replace(LETTERHEAD, newsletter="Harbour\r\nBcc: x"), r"name holds .*U\+000A, U\+000D"),
        (replace(LETTERHEAD, sender=Mailbox("a\u202eb", DESK)), r"in from holds .*U\+202E"),
        (replace(LETTERHEAD, sender=Mailbox("a\ud83d", DESK)), r"in from holds .*U\+D83D"),
        (replace(LETTERHEAD, reply_to=Mailbox("a\0b", DESK)), r"in reply_to holds .*U\+0000"),
        (replace(LETTERHEAD, sender=Mailbox("", Address(".desk", "example.org"))), "from '.desk@"),
        (replace(LETTERHEAD, bounces=Address("b", "exa_mple.org")), "bounces 'b@exa_mple.org'"),
        (replace(LETTERHEAD, bounces=Address("b" * 32, "example.org")), "more than 31 characters"),
        (
            replace(LETTERHEAD, unsubscribe_mailto=Address("u.", "example.org")),
            "unsubscribe_mailto",
        ),
        (replace(LETTERHEAD, list_id="harbour watch"), "list_id 'harbour watch'"),
        (replace(LETTERHEAD, list_id="a>\r\nBcc: x"), "list_id"),
        (replace(LETTERHEAD, base_url="https://news.example.org/"), "base_url"),
        (replace(LETTERHEAD, base_url="https://news.example.org/a, b>"), "base_url"),
        (replace(LETTERHEAD, base_url="javascript:alert(1)"), "base_url"),
        (replace(LETTERHEAD, base_url="https://bücher.example"), "base_url"),
    ],
)
def test_a_letterhead_that_cannot_be_a_header_is_refused(
    letterhead: Letterhead, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Message.compile(edition(), letterhead)


@pytest.mark.parametrize(
    ("letter", "complaint"),
    [
        (
            edition(subject=("Strike\r\nBcc: x@example.org",)),
            r"the subject holds .*U\+000A, U\+000D",
        ),
        (edition(subject=("Strike\u2028",)), r"the subject holds .*U\+2028"),
        (edition(html=("<p>\x1b[2J</p>",)), r"the HTML holds .*U\+001B"),
        (edition(text=("a\rb",)), r"the text holds .*U\+000D"),
        (edition(text=("a\ud83d",)), r"the text holds .*U\+D83D"),
        (
            edition(text=(Slot("subscriber.x", Context.TEXT, "\udc00"),)),
            r"a default holds .*U\+DC00",
        ),
        (replace(edition(), images=(PICTURE, PICTURE)), "two pictures have the Content-ID 'a'"),
        (replace(edition(), images=(replace(PICTURE, cid="a>\r\nb"),)), "unfit Content-ID"),
        (replace(edition(), images=(replace(PICTURE, media_type="text/html"),)), "media type"),
    ],
)
def test_an_edition_that_no_message_may_hold_is_refused(letter: Edition, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        Message.compile(letter, LETTERHEAD)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    letterhead = replace(LETTERHEAD, newsletter="a\nb", list_id="a b", base_url="news")

    with pytest.raises(ConfigError) as caught:
        Message.compile(edition(subject=("a\nb",)), letterhead, subject_prefix="\t")

    for word in ("name", "list_id", "base_url", "subject"):
        assert word in caught.value.problem
    assert "newsletter.toml" in caught.value.hint


def test_letters_tabs_and_direction_marks_of_real_text_are_welcome() -> None:
    text = "Zoë\t漢字 \u2066שלום\u2069 \u200f\u00ad\u00a0🎉\n"

    message = Message.compile(edition(text=(text,), html=(text,)), LETTERHEAD)

    assert content_of(read(wire_of(message, delivery())), "plain") == text
