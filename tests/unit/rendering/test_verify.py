"""A slot stands where it was made for, or the edition is not made."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import Place, TemplateError
from composer.model.edition import Context, Slot, slots_of
from composer.rendering.sentinels import Sentinels
from composer.rendering.verify import cut_html, refuse_loss

PLACE = Place(Path("letter.mjml.j2"))
NAME = Slot("subscriber.name", Context.HTML, "reader")
ALT = Slot("subscriber.name", Context.ATTRIBUTE, "reader")
PART = Slot("subscriber.name", Context.URL_PART, "reader")
URL = Slot("unsubscribe_url", Context.URL)


def _contexts(pattern: str, slot: Slot) -> list[Context]:
    sentinels = Sentinels("x")
    html = pattern.replace("@", sentinels.put(slot))
    return [s.context for s in slots_of(cut_html(html, sentinels, PLACE))]


@pytest.mark.parametrize(
    ("pattern", "slot", "context"),
    [
        ("<p>@</p>", NAME, Context.HTML),
        ("<title>@</title>", NAME, Context.HTML),
        ('<div aria-label="@">', NAME, Context.ATTRIBUTE),
        ("<img alt='say \"@\"'>", NAME, Context.ATTRIBUTE),
        ('<img alt="a > b @">', ALT, Context.ATTRIBUTE),
        ("<p>@</p>", ALT, Context.HTML),
        ('<a href="https://a.example/?x=@">', PART, Context.URL_PART),
        ('<img src="https://a.example/@.png">', PART, Context.URL_PART),
        ('<a class="x" href="@">', URL, Context.URL),
        ("<!-- a --><p>@</p><!-- b -->", NAME, Context.HTML),
        ("<!--[if !mso]><!--><p>@</p><!--<![endif]-->", NAME, Context.HTML),
        ("<style>a > b</style><p>a &gt; @ &lt; b</p>", NAME, Context.HTML),
    ],
)
def test_a_slot_takes_the_context_of_its_place(pattern: str, slot: Slot, context: Context) -> None:
    assert _contexts(pattern, slot) == [context]


@pytest.mark.parametrize(
    ("pattern", "slot", "where"),
    [
        ("<style>.a { top: @ }</style>", NAME, "a style sheet"),
        ("<script>@</script>", NAME, "a style sheet"),
        ("<!-- @ -->", NAME, "a comment"),
        ('<!--[if mso]><i alt="@"><![endif]-->', ALT, "a comment"),
        ("<p @>", NAME, "the name of a tag or attribute"),
        ("<p@>", NAME, "the name of a tag or attribute"),
        ("<p alt=@>", NAME, "the name of a tag or attribute"),
        ('<p style="color:@">', NAME, "the attribute 'style'"),
        ('<p onclick="@">', NAME, "the attribute 'onclick'"),
        ('<a href="@">', NAME, "the attribute 'href'"),
        ('<td width="@">', NAME, "the attribute 'width'"),
        ("<p>@</p>", PART, "the text"),
        ("<p>@</p>", URL, "the text"),
        ('<img alt="@">', URL, "the attribute 'alt'"),
        ('<p style="background:url(@)">', URL, "the attribute 'style'"),
    ],
)
def test_a_slot_elsewhere_is_an_error(pattern: str, slot: Slot, where: str) -> None:
    with pytest.raises(TemplateError) as caught:
        _contexts(pattern, slot)

    assert f"{slot.name} stands in {where}, where no value" in caught.value.problem


class _Oracle(HTMLParser):
    """Where the standard library's parser sees a mark."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[Context] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.seen += [Context.HTML] * data.count("@")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for _, value in attrs:
            self.seen += [Context.ATTRIBUTE] * (value or "").count("@")


PIECES = st.sampled_from(
    [
        *("@", "<p>", "</p>", "<br>", "&lt;@&gt;", "a", "'", '"', ">", "<!-- x > -->"),
        *('<i alt="@">', "<i alt='\"@'>", '<i title="a>b" alt="@ \'">', '<a href="&quot;">'),
        "<style>a{}</style>",
    ]
)


@given(st.lists(PIECES, max_size=20))
def test_the_place_is_the_one_that_a_real_parser_sees(pieces: list[str]) -> None:
    html = "".join(pieces)

    assert _contexts(html, NAME) == _Oracle(html).seen


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<!--[if mso]>x<![endif]-->", "x"),
        ("@media x { a { top: 0 !important } }", "@media x { a { top: 0 } }"),
        ("<img><img>", "<img>"),
    ],
)
def test_what_inlining_lost_is_an_error(before: str, after: str) -> None:
    with pytest.raises(TemplateError, match="lost when styles were inlined"):
        refuse_loss(before, after, Sentinels("x"), PLACE)


def test_a_slot_that_inlining_lost_is_an_error() -> None:
    sentinels = Sentinels("x")

    with pytest.raises(TemplateError, match="1 of the personal places were lost"):
        refuse_loss(f"<p>{sentinels.put(NAME)}</p>", "<p></p>", sentinels, PLACE)
