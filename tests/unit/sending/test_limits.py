"""A limit holds in every window, wherever it begins; whoever must wait learns until when."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.model.limits import DAY_S, DomainGroup, Limit, LimitSettings, WarmUp
from composer.sending.limits import (
    Budget,
    Counter,
    counters_of,
    day_of,
    room_of,
    warm_up_allows,
    warm_up_room,
)

START = 1_795_000_000.0
Counted = defaultdict[Counter, defaultdict[int, int]]


def counted() -> Counted:
    return defaultdict(lambda: defaultdict(int))


def spend(used: Counted, budget: Budget) -> None:
    for scope, window_s, start_ms, count in budget.spent():
        used[scope, window_s][start_ms] += count


limits = st.builds(Limit, st.integers(1, 20), st.sampled_from([1, 60, 3600, DAY_S]))
domains = ["gmail.com", "googlemail.com", "example.org"]
steps = st.lists(
    st.tuples(st.floats(0, 2), st.lists(st.sampled_from(domains), max_size=30)), max_size=40
)


@given(whole=limits, group=limits, asked=steps)
def test_no_window_ever_holds_more_than_its_limit(
    whole: Limit, group: Limit, asked: list[tuple[float, list[str]]]
) -> None:
    """Senders ask for what they like, whenever they like: `asked` are windows apart."""
    settings = LimitSettings(
        {"smtp": (whole,)}, (DomainGroup(("gmail.com", "googlemail.com"), (group,)),)
    )
    used, now = counted(), START
    went: list[tuple[float, str]] = []
    for windows, wanted in asked:
        now += windows * min(whole.window_s, group.window_s)
        budget = Budget(settings, "smtp", used, now)
        assert budget.whole is not None
        for domain in wanted[: budget.whole.left]:
            until = budget.take(domain)
            assert until == 0 or until > now
            if not until:
                went.append((now, domain))
        spend(used, budget)
    google = [at for at, domain in went if domain != "example.org"]
    for times, limit in ((([at for at, _ in went]), whole), (google, group)):
        for end in times:
            inside = [at for at in times if end - limit.window_s < at <= end]
            assert len(inside) <= limit.most


@given(limit=limits, asked=st.lists(st.floats(0, 3), max_size=30))
def test_whoever_waits_as_long_as_is_said_may_go(limit: Limit, asked: list[float]) -> None:
    settings = LimitSettings({"smtp": (limit,)})
    used, now = counted(), START
    for windows in asked:
        now += windows * limit.window_s
        budget = Budget(settings, "smtp", used, now)
        assert budget.whole is not None
        if not budget.whole.left:
            assert now < budget.whole.free_at <= now + 1.06 * limit.window_s
            now = budget.whole.free_at
            budget = Budget(settings, "smtp", used, now)
        room = budget.whole
        assert room is not None
        assert room.left
        for _ in range(room.left):
            assert budget.take("example.org") == 0
        spend(used, budget)


def test_all_of_a_limit_may_be_used_at_once() -> None:
    room = room_of(Limit(1000, 3600), {}, START)
    assert room.left == 1000


def test_those_who_wait_for_their_domain_are_spread_over_its_windows() -> None:
    group = DomainGroup(("gmail.com",), (Limit(10, 60),))
    later: dict[str, float] = {}
    budget = Budget(LimitSettings(groups=(group,)), "smtp", {}, START, later=later)
    slots = [budget.take("gmail.com") for _ in range(40)]
    assert slots[:10] == [0] * 10
    assert slots[10:] == sorted(slots[10:])
    assert slots[10] > START
    assert 60 < slots[-1] - slots[10] < 240
    assert budget.take("example.org") == 0
    again = Budget(LimitSettings(groups=(group,)), "smtp", {}, START, later=later)
    again.take("gmail.com")
    assert later["domain:gmail.com"] > slots[-1]


def test_a_paused_domain_waits_and_nothing_is_counted_for_it() -> None:
    budget = Budget(
        LimitSettings({"smtp": (Limit(5, 60),)}), "smtp", {}, START, {"gmail.com": int(START) + 9}
    )
    assert budget.take("gmail.com") == int(START) + 9
    assert list(budget.spent()) == []
    assert budget.take("example.org") == 0
    assert [count for *_, count in budget.spent()] == [1]


def test_another_provider_has_limits_of_its_own() -> None:
    settings = LimitSettings({"smtp": (Limit(5, 60),)}, warm_up=WarmUp("smtp"))
    assert Budget(settings, "sendgrid", {}, START).whole is None
    assert counters_of(settings, "smtp") == {("provider:smtp", 60), ("warm-up:smtp", DAY_S)}
    assert counters_of(settings, "sendgrid") == set()


# --- the ramp -------------------------------------------------------------------------------


def ramp(used: dict[int, int], days: int) -> int | None:
    return warm_up_allows(WarmUp("smtp", 200, 1.5, 1000), used, START + days * DAY_S)


def test_a_ramp_grows_with_every_day_that_was_used() -> None:
    today = day_of(START)
    day = DAY_S * 1000
    assert ramp({}, 0) == 200
    assert ramp({today: 200}, 0) == 200
    assert ramp({today: 200}, 1) == 300
    assert ramp({today: 200, today + day: 150}, 2) == 450
    assert ramp({today: 200}, 30) == 300  # days without a mailing teach nobody anything
    assert ramp({today: 99}, 1) == 200  # nor does a day that was hardly used
    full = {today + n * day: 1000 for n in range(5)}
    assert ramp(full, 4) is None


def test_what_is_too_much_for_today_goes_tomorrow() -> None:
    warm_up = WarmUp("smtp", 200, 1.5, 1000)
    room = warm_up_room(warm_up, {day_of(START): 200}, START)
    assert room is not None
    assert (room.left, room.free_at) == (0, day_of(START) / 1000 + DAY_S)


@given(st.lists(st.integers(0, 10_000), max_size=30), st.floats(1.0, 3.0))
def test_a_ramp_never_allows_less_than_the_day_before(days: list[int], growth: float) -> None:
    warm_up = WarmUp("smtp", 10, growth, 5000)
    used: dict[int, int] = {}
    before = 0
    for n, wanted in enumerate(days):
        now = START + n * DAY_S
        room = warm_up_room(warm_up, used, now)
        if room is None:
            return
        assert before <= room.left < 5000
        before = room.left
        used[day_of(now)] = min(wanted, room.left)


@pytest.mark.parametrize("settings", [LimitSettings()])
def test_nothing_is_limited_by_default(settings: LimitSettings) -> None:
    assert not settings
    assert Budget(settings, "smtp", {}, START).whole is None


def test_a_domain_that_was_paused_gets_a_few_at_first() -> None:
    budget = Budget(LimitSettings(), "smtp", {}, START, tried=frozenset({"gmail.com"}))
    slots = [budget.take("gmail.com") for _ in range(5)]
    assert slots[:3] == [0, 0, 0]
    assert all(slot > START for slot in slots[3:])
    assert budget.take("example.org") == 0
