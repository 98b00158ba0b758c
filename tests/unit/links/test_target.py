"""What may be asked at all, and what exactly is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.links.answer import Verdict
from composer.links.target import Refused, Target, parse_target, redirected


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://example.org", "example.org", "/"),
        ("HTTPS://Example.ORG:443/A?b=c", "example.org", "/A?b=c"),
        ("http://example.org:443/", "example.org:443", "/"),
        ("https://example.org./x", "example.org", "/x"),
        ("https://münchen.example/ü?q=ö", "xn--mnchen-3ya.example", "/%C3%BC?q=%C3%B6"),
        ("https://straße.example/", "xn--strae-oqa.example", "/"),
        ("https://аррӏе.example/", "xn--80ak6aa92e.example", "/"),
        ("https://example.org/a%20b", "example.org", "/a%20b"),
        ("http://[2A00:1450::0001]/", "[2a00:1450::1]", "/"),
        ("http://0x7f.1/", "0x7f.1", "/"),
        ("https://a_b.example.org/", "a_b.example.org", "/"),
    ],
)
def test_a_url_is_asked_as_browsers_ask_it(url: str, authority: str, path: str) -> None:
    target = parse_target(url)

    assert (target.authority, target.path) == (authority, path)


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("ftp://example.org/x", Verdict.UNASKED),
        ("file:///etc/passwd", Verdict.UNASKED),
        ("gopher://example.org:70/x", Verdict.UNASKED),
        ("https://example.org:8443/", Verdict.UNASKED),
        ("http://example.org:22/", Verdict.UNASKED),
        ("http://example.org:0/", Verdict.UNASKED),
        ("https://me:secret@example.org/", Verdict.CREDENTIALS),
        ("https://example.org@evil.example/", Verdict.CREDENTIALS),
        ("https://example.org\\@evil.example/", Verdict.CREDENTIALS),
        ("https:///path", Verdict.DEAD),
        ("https://exa mple.org/", Verdict.DEAD),
        ("https://[fe80::1%25eth0]/", Verdict.DEAD),
        ("https://[::1/", Verdict.DEAD),
        ("https://example.org:99999/", Verdict.DEAD),
        ("https://example..org/", Verdict.DEAD),
        (f"https://{'a' * 64}.example/", Verdict.DEAD),
        (f"https://{'ü' * 300}.example/", Verdict.DEAD),
        (f"https://example.org/{'a' * 9000}", Verdict.DEAD),
    ],
)
def test_what_must_not_be_asked_is_refused(url: str, verdict: Verdict) -> None:
    with pytest.raises(Refused) as told:
        parse_target(url)

    assert told.value.verdict is verdict
    assert "secret" not in told.value.reason


def test_a_port_that_the_caller_admits_may_be_asked() -> None:
    assert parse_target("https://example.org:8443/", frozenset({8443})).port == 8443


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b?c", "https://example.org/b?c"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example", "http://other.example/"),
        ("b c", "https://example.org/a/b%20c"),
        ("/s\u00c3\u00a9jour", "https://example.org/s%C3%A9jour"),
    ],
)
def test_a_redirect_is_read_relative_to_its_page(location: str, url: str) -> None:
    here = Target("https", "example.org", 443, "/a/")

    assert redirected(here, location).url == url


@given(st.text())
def test_whatever_a_server_redirects_to_is_one_clean_line_or_refused(location: str) -> None:
    here = Target("https", "example.org", 443, "/")
    try:
        target = redirected(here, location)
    except Refused:
        return

    line = f"{target.authority} {target.path}"
    assert line.isascii()
    assert line.isprintable()
    assert line.count(" ") == 1
