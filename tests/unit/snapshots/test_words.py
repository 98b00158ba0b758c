"""Every word that changed is told, and none that did not."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from composer.snapshots.words import hunks, placed, words_of

texts = st.lists(st.sampled_from(["harbour", "crane", "the", "a", "of", "tariff", "—", "nine"]))


@given(texts)
def test_a_text_does_not_differ_from_itself(words: list[str]) -> None:
    assert list(hunks(words, words)) == []


@given(texts, texts)
def test_the_hunks_make_the_new_text_out_of_the_old_one(old: list[str], new: list[str]) -> None:
    made: list[str] = []
    at_old = at_new = 0
    for start, hunk in placed(old, new):
        kept = start - at_new
        made += [*old[at_old : at_old + kept], *hunk.after]
        assert tuple(old[at_old + kept :][: len(hunk.before)]) == hunk.before
        at_old += kept + len(hunk.before)
        at_new = start + len(hunk.after)
    assert made + old[at_old:] == new


@given(texts, texts)
def test_what_is_told_is_at_least_the_difference_of_the_counts(
    old: list[str], new: list[str]
) -> None:
    told = list(hunks(old, new))
    gone = Counter(word for hunk in told for word in hunk.before)
    came = Counter(word for hunk in told for word in hunk.after)

    assert Counter(old) - Counter(new) <= gone
    assert Counter(new) - Counter(old) <= came


def test_context_stands_around_a_change() -> None:
    old = [
        "Crane",
        "crews",
        "stopped",
        "loading",
        "for",
        "nine",
        "hours",
        "on",
        "Tuesday,",
        "all",
        "of",
        "them",
    ]
    new = ["ten" if word == "nine" else word for word in old]

    (hunk,) = hunks(old, new)

    assert (hunk.before, hunk.after) == (("nine",), ("ten",))
    assert hunk.lead == ("crews", "stopped", "loading", "for")
    assert hunk.trail == ("hours", "on", "Tuesday,", "all")


def test_texts_without_anything_in_common_are_told_whole_and_soon() -> None:
    old, new = [f"old{n}" for n in range(5_000)], [f"new{n}" for n in range(5_000)]

    (hunk,) = hunks(old, new)

    assert len(hunk.before) == len(hunk.after) == 5_000


def test_signs_that_need_no_blanks_are_words_of_their_own() -> None:
    assert words_of("Die Lotsen von 瀬戸口.") == ("Die", "Lotsen", "von", "瀬", "戸", "口", ".")
