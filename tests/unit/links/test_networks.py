"""Which addresses are public: the table, and every disguise of an IPv4 address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.links.networks import why_not_public

PRIVATE = [
    "0.0.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::10.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "100::1",
    "100:0:0:1::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3ffe::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::5efe:10.0.0.1",
    "fec0::1", "ff02::1", "2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:192.168.0.1",
    "4000::1", "::ffff:0:127.0.0.1", "e000::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0",
    "192.0.1.0", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450:4001::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2a00:1450::5efe:8.8.8.8",
]  # fmt: skip

ipv4 = st.integers(0, 2**32 - 1).map(IPv4Address)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_and_named(address: str) -> None:
    assert why_not_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_asked(address: str) -> None:
    assert why_not_public(ip_address(address)) == ""


@given(ipv4, st.sampled_from(["::ffff:0:0", "64:ff9b::", "2a00:1450::5efe:0:0"]))
def test_a_disguise_that_may_be_asked_is_judged_by_what_it_carries(
    inner: IPv4Address, prefix: str
) -> None:
    disguised = IPv6Address(int(IPv6Address(prefix)) | int(inner))

    assert why_not_public(disguised) == why_not_public(inner)


@given(ipv4, st.sampled_from([("2002::", 80), ("2001::", 64), ("64:ff9b:1::", 0), ("::", 0)]))
def test_every_other_disguise_is_refused_whatever_it_carries(
    inner: IPv4Address, disguise: tuple[str, int]
) -> None:
    prefix, shift = disguise

    assert why_not_public(IPv6Address(int(IPv6Address(prefix)) | int(inner) << shift))


@given(st.one_of(ipv4, st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_nothing_is_taken_for_public_that_python_knows_to_be_otherwise(
    address: IPv4Address | IPv6Address,
) -> None:
    carries = isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address in IPv6Network("64:ff9b::/96")
    )
    odd = address.is_private or address.is_multicast or address.is_reserved or address.is_loopback
    if odd and not carries:
        assert why_not_public(address)


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_ipv6_beyond_global_unicast_is_refused(address: IPv6Address) -> None:
    carries = address in IPv6Network("::ffff:0:0/96") or address in IPv6Network("64:ff9b::/96")
    if address not in IPv6Network("2000::/3") and not carries:
        assert why_not_public(address)
