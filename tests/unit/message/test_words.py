"""Header text: as it is where that is safe, folded where it is long, encoded where it must be."""

from __future__ import annotations

import pytest

from composer.model.address import Address
from composer.sending.message.words import clean_name, encoded_words, mailbox, unstructured
from tests.unit.message.samples import decoded

ANA = Address.parse("ana@example.net")


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("A quiet strike", "A quiet strike"),
        ("", ""),
        ("Is 2 + 2 = 4? (yes)", "Is 2 + 2 = 4? (yes)"),
        ("Grüße", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="),
        ("=?utf-8?q?a?=", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?="),
        ("港の見張り", "=?utf-8?b?5riv44Gu6KaL5by144KK?="),
        ("word " * 16 + "end", "word " * 13 + "word\r\n word word end"),
    ],
)
def test_a_subject_on_the_wire(text: str, wire: str) -> None:
    assert unstructured(text, len("Subject: ")) == wire


def test_a_word_too_long_for_a_line_is_encoded_in_pieces() -> None:
    text = "See " + "x" * 200

    lines = unstructured(text, len("Subject: ")).split("\r\n ")

    assert [len(line) <= 75 for line in lines] == [True] * 4
    assert len("Subject: ") + len(lines[0]) <= 76
    assert decoded(" ".join(lines)) == text


def test_no_character_is_split_between_two_words() -> None:
    for text in ("é" * 90, "漢" * 90, "🎉" * 90, "a🎉" * 90):
        words = encoded_words(text, len("Subject: "))

        assert len(words) > 1
        assert "".join(map(decoded, words)) == text


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("", "ana@example.net"),
        ("Ana", "Ana <ana@example.net>"),
        ("Ana Lind-O'Hara", "Ana Lind-O'Hara <ana@example.net>"),
        ("Ana A. Lind", '"Ana A. Lind" <ana@example.net>'),
        ("Lind, Ana (board)", '"Lind, Ana (board)" <ana@example.net>'),
        ('Ana "the \\ one"', '"Ana \\"the \\\\ one\\"" <ana@example.net>'),
        ("bob@example.org", '"bob@example.org" <ana@example.net>'),
        ("Zoë", "=?utf-8?q?Zo=C3=AB?= <ana@example.net>"),
        ("A" * 62, "A" * 62 + "\r\n <ana@example.net>"),
        ("=?utf-8?q?a?= b", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D_b?= <ana@example.net>"),
    ],
)
def test_a_mailbox_on_the_wire(name: str, wire: str) -> None:
    assert mailbox(name, ANA, len("To: ")) == wire


def test_a_local_part_with_stray_dots_is_quoted() -> None:
    assert mailbox("Ana", Address("a..b.", "example.net"), 4) == 'Ana <"a..b."@example.net>'
    assert mailbox("", Address("a.b", "example.net"), 4) == "a.b@example.net"


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("  Ana \t Lind\r\n", "Ana Lind"),
        ("Ana\r\nBcc: x", "Ana Bcc: x"),
        ("\u202eanA\u202c", "anA"),
        ("\0\x7f", ""),
        ("A" * 200, "A" * 200),
        ("A" * 201, ""),
    ],
)
def test_a_name_is_one_line_of_visible_text_or_left_out(name: str, clean: str) -> None:
    assert clean_name(name) == clean
