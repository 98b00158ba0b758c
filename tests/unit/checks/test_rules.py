"""Each rule finds what it is for, where it is, and leaves good issues alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composer.checks.clipping import GMAIL_CLIP_BYTES, GMAIL_WARN_BYTES
from composer.checks.examined import Examined, look_with
from composer.checks.lacking import Lacking
from composer.checks.rules import ISSUE_RULES
from composer.model.edition import Context, Slot
from composer.model.finding import Severity
from composer.model.issue import (
    Button,
    Code,
    CodeBlock,
    Expression,
    Image,
    Link,
    Note,
    Paragraph,
    Position,
    Section,
    Text,
)
from composer.reading.scaffold import DRAFT_HEADING
from tests.unit.checks.samples import (
    EDITION,
    ISSUE,
    LEAVE,
    LEAVE_HTML,
    NEWSLETTER,
    examined,
    html_with,
    issue_with,
    paragraph,
    with_text,
)

AT = Position(14, 7)
NAME = Expression("subscriber.first_name", None, AT)


def link(target: str, words: str = "the report") -> Link:
    return Link((target,), (Text(words),) if words else (), "", AT)


BASED = Link(
    (Expression("newsletter.base_url", None, AT), "/14"), (Text("the web version"),), "", AT
)


EMPTY = Section("s", (Text("Empty"),), (), (), AT)
DRAFT = Section("s", (Text(DRAFT_HEADING),), (paragraph(Text("x")),), (), AT)


def image(alt: str = "Two idle cranes", source: str = "images/cranes.png") -> Image:
    return Image(source, None, (alt,) if alt else (), "", None, None, AT)


#: One failing example or more for every rule; the passing ones are below.
FAILING: list[tuple[str, Examined]] = [
    ("merge/unresolved", examined(edition=with_text("Dear {{ first_name }},"))),
    ("merge/unresolved", examined(edition=with_text("Dear *|FNAME|*,"))),
    ("merge/unresolved", examined(edition=with_text("Dear %recipient.name%,"))),
    ("merge/unknown-slot", examined(edition=with_text(Slot("tracking_url", Context.TEXT_URL)))),
    (
        "merge/personal-url",
        examined(
            edition=replace(
                EDITION, html=(*EDITION.html, Slot("subscriber.site", Context.URL, "x"))
            )
        ),
    ),
    (
        "merge/missing-value",
        examined(issue_with(paragraph(NAME)), missing={"subscriber.first_name": Lacking(3)}),
    ),
    ("merge/no-default", examined(issue_with(paragraph(NAME)))),
    ("merge/no-default", examined(issue_with(subject=("For ", NAME)))),
    (
        "footer/unsubscribe",
        examined(edition=replace(EDITION, text=("12 Quay Street, Port Example",))),
    ),
    ("footer/unsubscribe", examined(edition=replace(EDITION, html=("<p>Hello</p>",)))),
    ("footer/postal-address", examined(newsletter=replace(NEWSLETTER, postal_address=" "))),
    ("footer/postal-address", examined(edition=replace(EDITION, text=("Hello", LEAVE)))),
    ("text/missing", examined(edition=replace(EDITION, text=("\n", LEAVE)))),
    ("link/syntax", examined(issue_with(paragraph(link("#"))))),
    ("link/syntax", examined(issue_with(paragraph(link("https://example.org", words=""))))),
    ("link/syntax", examined(issue_with(paragraph(link("https:///nowhere"))))),
    ("link/syntax", examined(issue_with(paragraph(link("http://[::1"))))),
    ("link/syntax", examined(issue_with(paragraph(link("www.example.org/report"))))),
    ("link/syntax", examined(issue_with(paragraph(link("https://example.org/a b"))))),
    ("link/syntax", examined(issue_with(paragraph(link("http://localhost:8000/"))))),
    ("link/syntax", examined(issue_with(Button((Text("Go"),), ("TODO",), AT)))),
    (
        "issue/draft",
        examined(replace(ISSUE, sections=(Section("s", (Text("Empty"),), (), (), AT),))),
    ),
    ("issue/draft", examined(replace(ISSUE, sections=(DRAFT,)))),
    ("issue/name", examined(replace(ISSUE, id="my issue/1"))),
    ("link/insecure", examined(issue_with(paragraph(link("http://example.org/report"))))),
    ("image/alt", examined(issue_with(image(alt="")))),
    ("image/alt", examined(issue_with(Note((image(alt=""),), AT)))),
    ("image/alt", examined(issue_with(image(alt="cranes.png")))),
    ("size/gmail-clip", examined(edition=replace(EDITION, html=("x" * 90_000, LEAVE_HTML)))),
]


@pytest.mark.parametrize(("code", "case"), FAILING, ids=lambda v: v if isinstance(v, str) else "")
def test_a_rule_finds_what_it_is_for(code: str, case: Examined) -> None:
    found = look_with(ISSUE_RULES, case)

    assert code in {finding.code for finding in found}
    assert all(finding.message and finding.hint for finding in found)


def test_every_rule_has_a_failing_example() -> None:
    assert {code for code, _ in FAILING} <= {rule.code for rule in ISSUE_RULES}


@pytest.mark.parametrize(
    "case",
    [
        examined(),
        examined(newsletter=replace(NEWSLETTER, base_url=f"{NEWSLETTER.base_url}/letters")),
        examined(issue_with(paragraph(Text("braces { } and 100 % are text")))),
        examined(issue_with(paragraph(Expression("subscriber.first_name", "reader", AT)))),
        examined(issue_with(paragraph(Expression("subscriber.address", None, AT)))),
        examined(issue_with(paragraph(link("https://example.org/report")))),
        examined(issue_with(paragraph(link("mailto:desk@example.org")))),
        examined(issue_with(paragraph(link("#dockers")))),
        examined(issue_with(paragraph(link("tel:+4912345")))),
        examined(issue_with(paragraph(BASED))),
        examined(issue_with(paragraph(Code("{{ x }}"))), with_text("Write {{ x }} for it.")),
        examined(issue_with(paragraph(Text("{{ x }}"))), with_text("Write {{ x }} for it.")),
        examined(issue_with(CodeBlock("*|X|*", AT)), with_text("*|X|*")),
        examined(issue_with(image())),
        examined(edition=replace(EDITION, html=html_with(f"<!--{'x' * 70_000}-->"))),
    ],
)
def test_good_issues_are_left_alone(case: Examined) -> None:
    assert look_with(ISSUE_RULES, case) == ()


def test_a_finding_stands_where_the_mistake_is() -> None:
    (finding,) = look_with(ISSUE_RULES, examined(issue_with(image(alt=""))))

    assert (finding.path, finding.line, finding.column) == (ISSUE.path, AT.line, AT.column)


def test_without_a_postal_address_only_a_live_send_is_stopped() -> None:
    bare = replace(NEWSLETTER, postal_address="")

    (rehearsed,) = look_with(ISSUE_RULES, examined(newsletter=bare))
    told = look_with(ISSUE_RULES, examined(newsletter=bare, live=True))
    (live,) = [finding for finding in told if finding.code == rehearsed.code]

    assert rehearsed.severity is Severity.WARNING
    assert live.severity is Severity.ERROR
    assert str(live.path) == "newsletter.toml"


@pytest.mark.parametrize(
    ("size", "severity"),
    [(GMAIL_WARN_BYTES + 1, Severity.WARNING), (GMAIL_CLIP_BYTES + 1, Severity.ERROR)],
)
def test_what_gmail_would_cut_off_is_an_error(size: int, severity: Severity) -> None:
    (finding,) = look_with(
        ISSUE_RULES, examined(edition=replace(EDITION, html=html_with(f"<!--{'x' * size}-->")))
    )

    assert finding.severity is severity


def test_a_missing_value_is_told_once_for_each_place_that_needs_it() -> None:
    twice = issue_with(paragraph(NAME, replace(NAME, at=Position(20))))

    found = look_with(ISSUE_RULES, examined(twice, missing={"subscriber.first_name": Lacking(1)}))

    missing = [f for f in found if f.code == "merge/missing-value"]
    assert [f.line for f in missing] == [14, 20]
    assert "1 recipient has no 'first_name'" in missing[0].message


def test_every_mark_that_is_left_over_is_told_where_it_stands() -> None:
    first = Paragraph((Text("Dear *|FNAME|*,"),), Position(8))
    second = Paragraph((Text("of %%company%% and *|FNAME|*"),), Position(9))
    letter = with_text("Dear *|FNAME|*,\n\nof %%company%%\n")

    found = look_with(ISSUE_RULES, examined(issue_with(first, second), letter))

    assert [(f.code, f.line) for f in found] == [
        ("merge/unresolved", 8),
        ("merge/unresolved", 9),
        ("merge/unresolved", 9),
    ]
    assert "'*|FNAME|*'" in found[0].message


def test_a_mark_that_the_template_left_is_told_without_a_place_in_the_issue() -> None:
    (finding,) = look_with(ISSUE_RULES, examined(edition=with_text("Dear *|FNAME|*,")))

    assert finding.line == 1
    assert "the text of the letter shows" in finding.message


def test_three_of_many_who_lack_a_value_are_named() -> None:
    some = Lacking()
    for number in range(15):
        some += Lacking(1, (f"r{number}@example.org",))

    found = look_with(
        ISSUE_RULES,
        examined(issue_with(paragraph(NAME)), missing={"subscriber.first_name": some}),
    )

    (told,) = (finding for finding in found if finding.code == "merge/missing-value")
    assert told.message == (
        "15 recipients have no 'first_name', and there is no default "
        "(r0@example.org, r1@example.org, r2@example.org and 12 more)"
    )
