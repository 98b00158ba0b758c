from __future__ import annotations

from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import TemplateError
from composer.model.edition import Context, Slot
from composer.rendering.sentinels import Sentinels

SLOT = Slot("subscriber.name", Context.HTML, "reader")
OTHER = Slot("subscriber.name", Context.HTML, None)


@given(st.lists(st.one_of(st.text("0123456789a<{ ", max_size=9), st.sampled_from([SLOT, OTHER]))))
def test_cutting_finds_every_slot_whatever_digits_stand_around_it(pieces: list[str | Slot]) -> None:
    sentinels = Sentinels("content")
    text = "".join(p if isinstance(p, str) else sentinels.put(p) for p in pieces)

    cut = sentinels.cut(text)

    assert [p for p in cut if isinstance(p, Slot)] == [p for p in pieces if isinstance(p, Slot)]
    assert "".join(p for p in cut if isinstance(p, str)) == "".join(
        p for p in pieces if isinstance(p, str)
    )
    assert all(not (isinstance(a, str) and isinstance(b, str)) for a, b in pairwise(cut))


def test_a_stand_in_survives_what_tools_do_to_text() -> None:
    sentinel = Sentinels("content").put(SLOT)

    assert sentinel.upper() == sentinel.lower() == quote(sentinel, safe="") == sentinel
    assert sentinel.isascii()
    assert sentinel.isalnum()


def test_the_same_content_makes_the_same_stand_ins_and_another_makes_others() -> None:
    assert Sentinels("a").put(SLOT) == Sentinels("a").put(SLOT)
    assert Sentinels("a").put(SLOT) != Sentinels("b").put(SLOT)


def test_one_slot_has_one_stand_in() -> None:
    sentinels = Sentinels("a")

    assert sentinels.put(SLOT) == sentinels.put(SLOT) != sentinels.put(OTHER)


def test_content_that_imitates_a_mark_gets_another_mark() -> None:
    class Imitating(str):
        """Holds whatever it is asked for, the first time."""

        asked = 0

        def __contains__(self, _: object) -> bool:
            Imitating.asked += 1
            return Imitating.asked == 1

    assert Sentinels(Imitating("a")).put(SLOT) != Sentinels("a").put(SLOT)
    assert Imitating.asked == 2


def test_a_mangled_stand_in_is_an_error() -> None:
    sentinels = Sentinels("a")
    whole = sentinels.put(SLOT)

    with pytest.raises(TemplateError, match="mangled"):
        sentinels.cut(f"{whole[:-4]}8888")
