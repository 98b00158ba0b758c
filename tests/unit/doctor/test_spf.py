from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.doctor.spf import MAX_LOOKUPS, Policy, Walk, policies_of, with_servers
from tests.unit.doctor.patients import Book

OURS = ipaddress.ip_address("192.0.2.10")


def book(**texts: str) -> Book:
    return Book({(name.replace("_", "."), "TXT"): [text] for name, text in texts.items()})


def only(names: Book, domain: str = "harbour.dev") -> Policy:
    (policy,) = policies_of(names, domain)
    return policy


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 ip4:192.0.2.10 -all",
        "v=spf1 ip4:192.0.2.0/24 ~all",
        "v=spf1 include:mail.dev -all",
        "v=spf1 redirect=mail.dev",
        "V=SPF1 IP4:192.0.2.10 -ALL",
        "v=spf1 a:out.mail.dev -all",
        "v=spf1 mx -all",
        "v=spf1 ?all ip4:192.0.2.10",
    ],
)
def test_a_server_that_is_named_may_send(text: str) -> None:
    names = Book(
        {
            ("harbour.dev", "TXT"): ["google-site-verification=x", text],
            ("mail.dev", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
            ("out.mail.dev", "A"): ["192.0.2.10"],
            ("harbour.dev", "MX"): ["mx.mail.dev"],
            ("mx.mail.dev", "A"): ["192.0.2.10"],
        }
    )
    walk = Walk(names)
    assert walk.allows(only(names), OURS) is not text.startswith("v=spf1 ?all")
    assert walk.broken == ""


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("v=spf1 -all", ""),
        ("v=spf1 -ip4:192.0.2.10 +all", ""),
        ("v=spf1 ip6:2001:db8::/32 -all", ""),
        ("v=spf1 ip4:192.0.2.300 -all", "'192.0.2.300' is no network"),
        ("v=spf1 include:nowhere.dev -all", "nowhere.dev has no SPF record"),
        ("v=spf1 include:harbour.dev -all", "it takes more than 10 look-ups in the DNS"),
    ],
)
def test_a_server_that_is_not_named_may_not(text: str, broken: str) -> None:
    names = book(harbour_dev=text)
    walk = Walk(names)
    assert not walk.allows(only(names), OURS)
    assert walk.broken == broken


def test_look_ups_are_counted_as_receivers_count_them() -> None:
    names = book(
        harbour_dev="v=spf1 include:one.dev include:two.dev a mx -all",
        one_dev="v=spf1 include:two.dev ip4:198.51.100.1 -all",
        two_dev="v=spf1 a:x.dev -all",
    )
    assert Walk(names).count(only(names)) == 7


def test_a_record_that_others_share_is_extended_and_not_replaced() -> None:
    policy = only(book(harbour_dev="v=spf1 include:mail.dev ~all"))
    assert with_servers(policy, ["ip4:192.0.2.10"]) == "v=spf1 include:mail.dev ip4:192.0.2.10 ~all"
    assert with_servers(None, ["ip4:192.0.2.10"]) == "v=spf1 ip4:192.0.2.10 ~all"


_WORDS = st.sampled_from(
    [
        *("all", "-all", "a", "mx", "mx/24", "ptr", "", ":", "=", "+", "exp=x", "ip4:", "ip6::"),
        *("include:harbour.dev", "include:b.dev", "redirect=b.dev", "exists:%{i}.b.dev"),
        "ip4:192.0.2.10",
    ]
)


@given(st.lists(_WORDS | st.text(max_size=12), max_size=14), st.lists(_WORDS, max_size=6))
def test_any_record_is_read_to_an_end(first: list[str], second: list[str]) -> None:
    def record(words: list[str]) -> list[str]:
        return [" ".join(["v=spf1", *words])]

    names: Any = Book({("harbour.dev", "TXT"): record(first), ("b.dev", "TXT"): record(second)})
    for policy in policies_of(names, "harbour.dev"):
        walk = Walk(names)
        walk.allows(policy, OURS)
        assert walk.lookups <= MAX_LOOKUPS + 1
        assert (walk.lookups > MAX_LOOKUPS) <= bool(walk.broken)


@given(st.lists(_WORDS, max_size=8))
def test_whoever_is_added_to_a_record_passes_or_the_record_is_broken(words: list[str]) -> None:
    names = book(harbour_dev=" ".join(["v=spf1", *words]), b_dev="v=spf1 -all")
    policy = only(names)
    if any(term.name in {"all", "redirect"} for term in policy.terms[:-1]):
        return  # what stands behind it counts for nothing
    mended = book(harbour_dev=with_servers(policy, ["ip4:192.0.2.77"]), b_dev="v=spf1 -all")
    walk = Walk(mended)
    passes = walk.allows(only(mended), ipaddress.ip_address("192.0.2.77"))
    assert passes or walk.broken
