"""The engine: a broken rule, severities, silenced checks, choices and fixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.checks.catalogue import entries, policy
from composer.checks.examined import Examined, Remark, Rule, look_with
from composer.checks.fixing import mended
from composer.checks.ignores import ignores_of
from composer.checks.verdict import Policy, judged, judged_issue
from composer.errors import NamedError
from composer.model.finding import Finding, Fix, Severity
from composer.model.issue import Position
from composer.model.settings import CheckSettings
from composer.reading.suggest import near
from tests.unit.checks.samples import SETTINGS, examined

PATH = Path("issues/one/issue.md")
POLICY = Policy(known=frozenset({"link/insecure", "link/text", "merge/unresolved"}))


def finding(code: str = "link/insecure", line: int = 5, severity: str = "warning") -> Finding:
    return Finding(code, Severity(severity), "not https", "", PATH, line)


def left(source: str, *findings: Finding, rule: Policy = POLICY, whole: bool = True) -> list[str]:
    return [f.code for f in judged_issue(findings, PATH, source, rule, whole=whole)]


# --- a rule that breaks -------------------------------------------------------------------


def breaks(seen: Examined) -> Iterator[Remark]:
    yield Remark("seen before it broke", "", Position(3))
    raise ZeroDivisionError("no cranes")


def works(seen: Examined) -> Iterator[Remark]:
    yield Remark("seen after another rule broke", "")


def test_a_rule_that_raises_is_a_finding_and_the_others_go_on() -> None:
    rules = (
        Rule("link/one", Severity.WARNING, "", breaks),
        Rule("link/two", Severity.WARNING, "", works),
    )

    found = look_with(rules, examined())

    assert {f.code for f in found} == {"link/one", "internal/rule-failed", "link/two"}
    broken = next(f for f in found if f.code == "internal/rule-failed")
    assert broken.severity is Severity.ERROR
    assert "link/one" in broken.message
    assert "ZeroDivisionError: no cranes" in broken.message


@given(st.permutations(["the link a", "the link b", "the source c", "the field d"]))
def test_of_one_place_findings_have_one_order(said: list[str]) -> None:
    """A rule may walk through a set, whose order is another one in each process."""

    def look(_: Examined) -> Iterator[Remark]:
        yield from (Remark(message, "", Position(3)) for message in said)

    rules = [Rule(code, Severity.WARNING, "", look) for code in ("link/one", "i18n/two")]

    found = look_with(rules, examined())
    told = [(f.code, f.message) for f in found]
    judged_again = judged_issue(
        list(reversed(found)), found[0].path, "", replace(POLICY, known=frozenset()), whole=False
    )

    assert told == sorted(told)
    assert judged_again == list(found)


@given(st.permutations(["board", "staff", "na-policy"]))
def test_a_hint_names_the_words_of_a_set_in_one_order(words: list[str]) -> None:
    assert near("x", set(words)) == "one of board, na-policy, staff"
    assert near("x", words) == f"one of {', '.join(words)}"


# --- severities ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({}, "warning"),
        ({"link/insecure": Severity.ERROR}, "error"),
        ({"link": Severity.ERROR}, "error"),
        ({"link": None, "link/insecure": Severity.WARNING}, "warning"),
        ({"link/insecure": None}, None),
        ({"link": None}, None),
    ],
)
def test_the_site_weighs_a_check_by_its_code_and_then_by_its_family(
    severity: dict[str, Severity | None], expected: str | None
) -> None:
    found = judged([finding()], replace(POLICY, severity=severity))

    assert [f.severity for f in found] == ([expected] if expected else [])


def test_a_firm_check_can_be_neither_made_less_nor_silenced() -> None:
    firm = replace(POLICY, firm=frozenset({"merge/unresolved"}), severity={"merge": None})
    source = "<!-- newsletter: ignore merge/unresolved because I know better -->\n\nText\n"

    assert left(source, finding("merge/unresolved", 3), rule=firm) == [
        "ignore/firm",
        "merge/unresolved",
    ]


def test_a_choice_of_checks_takes_codes_and_families_and_a_code_goes_first() -> None:
    one, two = finding("link/insecure"), finding("link/text")

    assert judged([one, two], replace(POLICY, select=frozenset({"link/text"}))) == [two]
    assert judged([one, two], replace(POLICY, ignore=frozenset({"link"}))) == []
    both = replace(POLICY, select=frozenset({"link/text"}), ignore=frozenset({"link"}))
    assert judged([one, two], both) == [two]


def test_an_unknown_choice_is_refused_with_the_nearest_check() -> None:
    with pytest.raises(NamedError) as caught:
        policy(SETTINGS, select=["link/insecur"])

    assert "link/insecure" in caught.value.hint


def test_the_sites_severities_reach_the_policy() -> None:
    checks = CheckSettings(severity={"link/insecure": None})

    assert policy(replace(SETTINGS, checks=checks)).severity == {"link/insecure": None}
    assert policy(SETTINGS).known == frozenset(entries())


# --- silenced checks ----------------------------------------------------------------------


BLOCK = "<!-- newsletter: ignore link/insecure because the archive has no https -->"


def test_a_comment_silences_the_block_after_it_and_no_other() -> None:
    source = f"First.\n\n{BLOCK}\nSecond\nand more.\n\nThird.\n"

    assert left(source, finding(line=4)) == []
    assert left(source, finding(line=5)) == []
    assert left(source, finding(line=7)) == ["ignore/unused", "link/insecure"]
    assert left(source, finding(line=1)) == ["link/insecure", "ignore/unused"]


def test_a_comment_above_all_text_silences_the_whole_issue() -> None:
    source = f"---\ntitle: x\n---\n\n{BLOCK}\n\nFirst.\n\nSecond.\n"

    assert left(source, finding(line=7), finding(line=9), finding(line=2)) == []


def test_a_comment_may_name_several_checks_or_a_family() -> None:
    two = "<!-- newsletter: ignore link/insecure, link/text because of the archive -->\n\nText\n"
    family = "<!-- newsletter: ignore link because of the archive -->\n\nText\n"

    for source in (two, family):
        assert left(source, finding("link/insecure", 3), finding("link/text", 3)) == []


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("<!-- newsletter: ignore link/insecure -->", "ignore/no-reason"),
        ("<!-- newsletter: ignore link/insecure because -->", "ignore/no-reason"),
        ("<!-- newsletter: ignore link/insecur because of age -->", "ignore/unknown-code"),
        ("<!-- newsletter: skip link/insecure -->", "ignore/syntax"),
        ("<!-- newsletter: ignore -->", "ignore/syntax"),
    ],
)
def test_a_comment_that_does_nothing_says_so(comment: str, told: str) -> None:
    assert left(f"{comment}\n\nText\n", finding(line=3)) == [told, "link/insecure"]


def test_an_idle_comment_is_told_only_when_everything_was_looked_at() -> None:
    source = f"{BLOCK}\n\nText\n"

    assert left(source) == ["ignore/unused"]
    assert left(source, whole=False) == []
    assert left(source, rule=replace(POLICY, select=frozenset({"link/text"}))) == []


def test_a_comment_in_a_code_block_is_code() -> None:
    assert ignores_of(f"```\n{BLOCK}\n```\n") == ([], [])


# --- fixes --------------------------------------------------------------------------------


def test_fixes_are_made_where_their_findings_stand() -> None:
    text = "One  two\nthe the end\n"
    found = [
        replace(finding(line=1), column=4, fix=Fix("  ", " ")),
        replace(finding(line=2), column=1, fix=Fix("the the", "the")),
    ]

    assert mended(text, found) == ("One two\nthe end\n", found)


def test_a_fix_whose_place_has_changed_or_that_meets_another_is_left() -> None:
    text = "the the end\n"
    gone = replace(finding(line=1), column=1, fix=Fix("One", "Two"))
    first = replace(finding(line=1), column=1, fix=Fix("the the", "the"))
    second = replace(finding("link/text", 1), column=5, fix=Fix("the end", "END"))
    beyond = replace(finding(line=9), column=1, fix=Fix("x", "y"))

    assert mended(text, [gone, beyond]) == (text, [])
    new, made = mended(text, [first, second])
    assert (new, made) == ("the END\n", [second])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_and_left_as_they_end(end: str) -> None:
    found = [replace(finding(line=2), column=1, fix=Fix("the the", "the"))]

    assert mended(f"One{end}the the{end}", found)[0] == f"One{end}the{end}"


@given(st.text("ab \n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_fixes_change_nothing_but_their_places(text: str, offsets: list[int]) -> None:
    found = []
    for offset in {o for o in offsets if o < len(text) and text[o] != "\n"}:
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        found.append(replace(finding(line=line), column=column, fix=Fix(text[offset], "x")))
    new, made = mended(text, found)

    assert len(new) == len(text)
    assert len(made) == len(found)
    assert sum(a != b for a, b in zip(text, new, strict=True)) == len(found)
