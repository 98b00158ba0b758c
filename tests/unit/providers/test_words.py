"""Replies and reasons: what a server says, and how much of it is kept."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composer.providers.reasons import MAX_CHARS, plain_reason
from composer.providers.smtp.reply import Reply
from composer.providers.smtp.wire import Dots


@given(st.text())
@example("550 5.1.1 <ana@example.org>… User\r\nunknown\x00\u202e")
@example("ana@" * 4000)
def test_a_reason_is_one_short_line_whatever_was_said(text: str) -> None:
    reason = plain_reason(text)

    assert len(reason) <= MAX_CHARS
    assert reason == " ".join(reason.split())
    assert not any(ord(c) < 32 or 0x7F <= ord(c) <= 0x9F for c in reason)
    assert "\u202e" not in reason


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<ana@example.org> unknown", "<(address)> unknown"),
        ("user=ana.lind+x@mail.example.org;", "user=(address);"),
        ('"a b"@example.org', '"a b"@example.org'),  # no reader has one: blanks are refused
        ('"a..b"@example.org?', "(address)"),
        ("RCPT TO:<ana@[192.0.2.1]>", "RCPT TO:<(address)>"),
        ("price @ 5 euro", "price @ 5 euro"),
    ],
)
def test_addresses_are_taken_out(said: str, kept: str) -> None:
    assert plain_reason(said) == kept


@pytest.mark.parametrize(
    ("raw", "code", "enhanced", "text"),
    [
        (b"5.1.1 no such user", 550, "5.1.1", "no such user"),
        (b"5.1.1 no\n5.1.1 such user", 550, "5.1.1", "no such user"),
        (b"no such user", 550, "", "no such user"),
        (b"5.7.515 Access denied", 550, "5.7.515", "Access denied"),
        (b"5.1.1", 550, "5.1.1", ""),
        (b"5.1 is no code", 550, "", "5.1 is no code"),
        (b"", 250, "", ""),
        (b"\xff\xfe\n\n", 250, "", "\ufffd\ufffd"),
    ],
)
def test_an_enhanced_code_is_found_and_kept_once(
    raw: bytes, code: int, enhanced: str, text: str
) -> None:
    assert Reply.parse(code, raw) == Reply(code, enhanced, text)


_LINES = st.lists(st.sampled_from([b".", b"..", b".x", b"x", b"x.", b"", b"\xff."]))


@given(st.lists(st.tuples(_LINES, st.integers(1, 5)), max_size=4))
def test_no_line_of_a_message_can_end_it(letters: list[tuple[list[bytes], int]]) -> None:
    dots = Dots()
    for lines, step in letters:
        content = b"".join(line + b"\r\n" for line in lines)
        chunks = [content[n : n + step] for n in range(0, len(content), step)]

        wire = b"".join(dots.stuffed(chunks))

        sent = wire.split(b"\r\n")
        assert b"." not in sent
        assert [line.removeprefix(b".") for line in sent[: len(lines)]] == lines
        assert wire.endswith(b"\r\n")
