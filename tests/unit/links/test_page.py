"""Anchors are found in every spelling, and no page is too strange to be looked at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.links.page import absent_from, is_anchor


@pytest.mark.parametrize(
    "page",
    [
        b"<p id=x>",
        b'<p ID = "x">',
        b"<p class='a'id='x'>",
        b"<h2\n\tid='x' class=y>",
        b'<a name="x"></a>',
        b"<a href='#' name=x>",
        b"<p id='&#120;'>",
        b"<h2 id=user-content-x>",
    ],
)
def test_an_anchor_is_found(page: bytes) -> None:
    assert absent_from(page, "utf-8", ["x"]) == frozenset()


@pytest.mark.parametrize("page", [b"", b"<p data-id=x>", b"<meta name=x>", b"<p id=xy>", b"x"])
def test_what_is_no_anchor_is_not_taken_for_one(page: bytes) -> None:
    assert absent_from(page, "utf-8", ["x"]) == {"x"}


@pytest.mark.parametrize(
    "unit", ["<![", "<a ", '<a id="', "<a name=", "<!--", " id = ", "</", "&#"]
)
@pytest.mark.parametrize("charset", ["utf-8", "no-such", "utf-16", "idna", "zlib"])
def test_a_hostile_page_is_read_to_its_end(unit: str, charset: str) -> None:
    page = (unit * (200_000 // len(unit))).encode()

    assert absent_from(page, charset, ["x"]) == {"x"}


@given(st.binary(), st.sampled_from(["utf-8", "utf-7", "latin-1", "punycode", "hex"]))
def test_no_page_raises(page: bytes, charset: str) -> None:
    absent_from(page, charset, ["x"])


@pytest.mark.parametrize("fragment", ["", "top", ":~:text=harbour", "/route", "!/route", "a=b"])
def test_what_a_script_or_a_browser_reads_is_no_anchor(fragment: str) -> None:
    assert not is_anchor(fragment)
