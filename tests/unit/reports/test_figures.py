from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from composer.model.delivery import Status
from composer.reports.figures import MAX_BARS, Domain, Timeline, largest
from composer.reports.plots import bars, share_bar, timeline_plot

SECONDS = st.integers(1_700_000_000, 1_700_000_000 + 400 * 86_400)
COUNTS = st.dictionaries(
    st.tuples(SECONDS, st.sampled_from([Status.ACCEPTED, Status.REFUSED])),
    st.integers(1, 1_000),
    max_size=30,
)


@given(COUNTS)
def test_a_timeline_keeps_every_outcome_in_few_bars(counts: dict[tuple[int, Status], int]) -> None:
    timeline = Timeline.of(counts)
    assert sum(m.total for m in timeline.moments) == sum(counts.values())
    assert len(timeline.moments) <= 10 * MAX_BARS + 1
    starts = [m.at for m in timeline.moments]
    assert starts == list(range(starts[0], starts[-1] + 1, timeline.step_s)) if starts else True
    assert bool(timeline_plot(timeline)) == bool(counts)


def test_the_largest_domains_are_told_and_the_others_counted() -> None:
    every = [Domain(f"d{n}.example", {Status.ACCEPTED: n}) for n in range(1, 21)]
    told, others = largest(every, 15)
    assert (told[0].name, len(told), others) == ("d20.example", 15, 5)
    assert largest(every[:3], 15)[1] == 0


def test_plots_speak_to_those_who_do_not_see_them() -> None:
    assert 'aria-label="the books"' in share_bar({"accepted": 3, "refused": 1}, label="the books")
    assert "<title>refused: 1</title>" in share_bar({"accepted": 3, "refused": 1}, label="x")
    table = bars([("a<b", {"people": 2}, "2")], label="links")
    assert "<caption" in table
    assert "a&lt;b" in table
    assert share_bar({}, label="x") == bars([], label="x") == ""
