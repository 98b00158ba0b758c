"""When a mailing goes: words to moments, over days on which clocks are put."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import GuardError
from composer.reading.zones import on_the_clock, zone_of
from composer.sending.schedule import (
    Schedule,
    Timetable,
    clock_text,
    read_schedule,
    unix_s,
    utc_text,
)

NOW = datetime(2026, 11, 20, 9, 0, 30, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
WALLS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 30)).map(  # noqa: DTZ001
    lambda wall: wall.replace(microsecond=0)
)


def due(words: str, zone: str = "", *, home: str = "", now: datetime = NOW) -> str:
    return utc_text(read_schedule(words, now=now, home=home).due_s(zone))


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-11-23 09:00 Europe/Berlin", "2026-11-23T08:00:00Z"),
        ("2026-11-23 9:00 Europe/Berlin", "2026-11-23T08:00:00Z"),
        ("2027-07-01 09:00 Europe/Berlin", "2027-07-01T07:00:00Z"),
        ("2026-11-23T09:00:15+01:00", "2026-11-23T08:00:15Z"),
        ("2026-11-23T09:00+0530", "2026-11-23T03:30:00Z"),
        ("2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z"),
        ("2026-11-23 09:00 utc", "2026-11-23T09:00:00Z"),
        ("2026-11-23 09:00 America/Argentina/Ushuaia", "2026-11-23T12:00:00Z"),
        ("tomorrow 09:00 Pacific/Auckland", "2026-11-20T20:00:00Z"),
        ("today 23:00 Europe/Berlin", "2026-11-20T22:00:00Z"),
    ],
)
def test_a_time_that_can_mean_one_moment_only_is_read(words: str, moment: str) -> None:
    assert due(words, "Asia/Tokyo") == moment


def test_a_time_without_zone_is_the_sites_own_when_it_has_one() -> None:
    assert due("2026-11-23 09:00", home="Asia/Tokyo") == "2026-11-23T00:00:00Z"
    with pytest.raises(ValueError, match="names no time zone: add one, as in Europe/Berlin"):
        due("2026-11-23 09:00")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("soon", "'soon' is not a time: write"),
        ("9am tomorrow", "is not a time"),
        ("2026-11-23", "is not a time"),
        ("23.11.2026 09:00 UTC", "is not a time"),
        ("2026-11-31 09:00 UTC", "there is no such day"),
        ("2026-11-23 24:00 UTC", "'24:00' is not a time of the day"),
        ("2026-11-23 09:00 Europe/Berlni", "did you mean Europe/Berlin?"),
        ("2026-11-23 09:00 berlin", "did you mean Europe/Berlin?"),
        ("2026-11-23 09:00 CST", "there is no time zone 'CST'"),
        ("2026-11-23 09:00 ../../etc/passwd", "there is no time zone"),
        ("2026-11-23 09:00 +25:00", "is not the offset of any place"),
        ("09:00 Europe/Berlin", "names no day: write today, tomorrow or the date"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(words: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("?", r"\?")):
        due(words)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("2026-11-20 10:00 Europe/Berlin", "is past [(]by 30 s"),
        ("today 06:00 UTC", "is past [(]by 3 h"),
        ("2026-11-19 20:00 local", "is past in every time zone"),
        ("2062-11-23 09:00 UTC", "more than a year away"),
        ("9999-12-31 23:59 -12:00", "more than a year away"),
    ],
)
def test_what_is_past_or_much_too_far_is_refused(words: str, problem: str) -> None:
    with pytest.raises(GuardError, match=problem) as refused:
        due(words)
    assert refused.value.hint


def test_a_skipped_time_is_later_and_one_that_comes_twice_is_the_first() -> None:
    spring = read_schedule("2027-03-28 02:30 Europe/Berlin", now=NOW)
    autumn = read_schedule("2027-10-31 02:30 Europe/Berlin", now=NOW)

    assert utc_text(spring.due_s()) == "2027-03-28T01:30:00Z"
    assert spring.word == (
        "02:30 is skipped that day in Europe/Berlin: clocks go forward, so 03:30"
    )
    assert utc_text(autumn.due_s()) == "2027-10-31T00:30:00Z"
    assert autumn.word == "02:30 comes twice that day in Europe/Berlin: the first one"


def test_a_day_that_a_place_leaves_out_is_the_next_one_there() -> None:
    moment, word = on_the_clock(datetime(2011, 12, 30, 9), ZoneInfo("Pacific/Apia"))  # noqa: DTZ001

    assert moment == datetime(2011, 12, 30, 19, tzinfo=UTC)
    assert "is skipped that day" in word


def test_local_is_every_readers_own_clock() -> None:
    words = "2026-11-23 09:00 local"

    assert due(words, "Asia/Tokyo") == "2026-11-23T00:00:00Z"
    assert due(words, "America/New_York") == "2026-11-23T14:00:00Z"
    assert due(words, home="Europe/Berlin") == "2026-11-23T08:00:00Z"
    assert due(words, "Nowhere/Land", home="Europe/Berlin") == "2026-11-23T08:00:00Z"
    assert due(words) == "2026-11-23T09:00:00Z"  # UTC is home where there is none


def test_local_without_a_day_is_the_next_such_time_there() -> None:
    assert due("09:00 local", "Asia/Tokyo") == "2026-11-21T00:00:00Z"
    assert due("09:00 local", "Europe/Lisbon") == "2026-11-21T09:00:00Z"  # nine was 30 s ago
    assert due("09:00 local", "America/New_York") == "2026-11-20T14:00:00Z"


def test_readers_for_whom_it_is_past_get_it_at_once() -> None:
    schedule = read_schedule("2026-11-20 09:00 local", now=NOW)

    assert schedule.due_s("Asia/Tokyo") == unix_s(NOW)
    assert utc_text(schedule.due_s("America/New_York")) == "2026-11-20T14:00:00Z"


@given(WALLS, st.sampled_from(ZONES))
def test_clocks_show_what_was_written_or_a_word_says_why_not(wall: datetime, zone: str) -> None:
    place = ZoneInfo(zone)

    moment, word = on_the_clock(wall, place)

    shown = moment.astimezone(place).replace(tzinfo=None)
    if shown != wall:
        assert "is skipped" in word
        assert timedelta(0) < shown - wall <= timedelta(hours=24)
    elif "twice" in word:
        again = [moment + timedelta(minutes=30 * n) for n in range(1, 49)]
        assert any(m.astimezone(place).replace(tzinfo=None) == wall for m in again)
    else:
        assert word == ""
    earlier = [moment - timedelta(minutes=30 * n) for n in range(1, 49)]
    assert all(m.astimezone(place).replace(tzinfo=None) != wall for m in earlier)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 30)),  # noqa: DTZ001
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.sampled_from(ZONES),
)
def test_the_next_local_time_is_never_past_and_at_most_a_day_and_a_jump_away(
    asked: datetime, time: object, zone: str
) -> None:
    now = asked.replace(tzinfo=UTC)

    schedule = read_schedule(f"{time} local", now=now)

    away_s = schedule.due_s(zone) - unix_s(now)
    assert 0 <= away_s <= 26 * 3_600


@given(st.sampled_from(ZONES))
def test_every_place_of_the_database_is_known(zone: str) -> None:
    assert zone_of(zone) is not None


@given(st.text())
def test_a_field_that_holds_anything_is_a_zone_or_none(text: str) -> None:
    schedule = read_schedule("2026-11-23 09:00 local", now=NOW)

    assert schedule.place_of(text) in (text, "?")
    assert isinstance(schedule.due_s(text), int)


def test_a_timetable_adds_up_by_moment_and_names_those_without_a_zone() -> None:
    schedule = read_schedule("2026-11-23 09:00 local", now=NOW, home="Europe/Berlin")
    people = ["Europe/Berlin", "Europe/Paris", "", "nowhere", "Asia/Tokyo", "Asia/Tokyo"]
    counts: dict[tuple[int, str], int] = {}
    for zone in people:
        key = schedule.due_s(zone), schedule.place_of(zone)
        counts[key] = counts.get(key, 0) + 1
    table = Timetable(schedule, counts)

    berlin = schedule.due_s("Europe/Berlin")
    assert sum(table.by_moment.values()) == len(people)
    assert table.by_moment == {schedule.due_s("Asia/Tokyo"): 2, berlin: 4}
    assert table.first_s == schedule.due_s("Asia/Tokyo")
    assert table.without_zone == 2
    assert table.zones_at(berlin) == {"Europe/Berlin": 1, "Europe/Paris": 1, "": 1, "?": 1}
    assert table.at_once == 0


def test_one_moment_for_all_needs_nobodys_zone() -> None:
    schedule = read_schedule("2026-11-23 09:00 Europe/Berlin", now=NOW)

    assert isinstance(schedule, Schedule)
    assert not schedule.is_local
    assert schedule.place_of("Asia/Tokyo") == ""
    assert Timetable(schedule, {(schedule.due_s(), ""): 7}).without_zone == 0
    assert clock_text(schedule.due_s(), ZoneInfo("Europe/Berlin")) == "2026-11-23 09:00 CET"
