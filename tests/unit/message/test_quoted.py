"""Quoted-printable that may be cut at every slot."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from composer.sending.message.quoted import quoted_literal, quoted_value
from tests.unit.message.samples import body_line_faults, literal_text

values = st.one_of(
    literal_text, st.text(st.sampled_from("a =.F"), max_size=90), st.just("From here")
)


@settings(deadline=None)
@given(st.lists(literal_text, min_size=2, max_size=6), st.data())
@example(["", ""], None)
def test_literals_and_values_laid_side_by_side_decode_to_the_text(
    literals: list[str], data: st.DataObject | None
) -> None:
    between = [data.draw(values) if data else "" for _ in literals[1:]]
    last = len(literals) - 1
    wire, text = b"", ""
    for index, literal in enumerate(literals):
        wire += quoted_literal(literal, after_slot=index > 0, before_slot=index < last)
        text += literal
        if index < last:
            wire += quoted_value(between[index])
            text += between[index]

    assert quopri.decodestring(wire).replace(b"\r\n", b"\n").decode() == text
    assert wire.isascii()
    assert wire.count(b"\r\n") == wire.count(b"\r") == wire.count(b"\n")
    assert b"=_" not in wire, "a boundary could stand in it"
    for line in wire.decode().split("\r\n"):
        assert list(body_line_faults(line)) == []


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("", b""),
        ("Ana", b"Ana"),
        ("Zoë", b"Zo=C3=AB"),
        ("1=2", b"1=3D2"),
        ("Ana ", b"Ana=20"),
        ("Ana\t", b"Ana=09"),
        (".net", b"=2Enet"),
        ("From here", b"=46rom here"),
        ("Fromage", b"Fromage"),
        ("x" * 75, b"x" * 75),
        ("x" * 76, b"x" * 75 + b"=\r\nx"),
        ("x" * 74 + "=", b"x" * 74 + b"=\r\n=3D"),
        ("x" * 73 + "=", b"x" * 73 + b"=\r\n=3D"),
        ("x" * 72 + "=", b"x" * 72 + b"=3D"),
        ("x" * 75 + ".", b"x" * 75 + b"=\r\n=2E"),
        ("a\nb", b"a\r\nb"),
    ],
)
def test_a_value_on_the_wire(text: str, wire: bytes) -> None:
    assert quoted_value(text) == wire


def test_no_soft_break_is_written_where_a_line_ends_anyway() -> None:
    assert quoted_literal("\nDear\n", after_slot=True, before_slot=True) == b"\r\nDear\r\n"
    assert quoted_literal("", after_slot=True, before_slot=True) == b"=\r\n"
    assert quoted_literal("", after_slot=False, before_slot=True) == b""
