"""Which addresses of the internet may be asked: a link in an issue must not open our own network.

`ipaddress.is_global` differs between versions of Python (3.11.10 and 3.13 changed it, and it
takes 100.64.0.0/10 for neither), so the table is our own. Sources: the IANA registries of
special-purpose addresses for IPv4 and IPv6 (RFC 6890 and what came after it), the IANA
registry of IPv6 address space (RFC 4291: global unicast is 2000::/3), multicast (RFC 5771).
A block is refused whole even where a single address of it may be reached from outside.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

IPAddress = IPv4Address | IPv6Address

_IPV4 = (
    ("0.0.0.0/8", "this network"),  # RFC 791
    ("10.0.0.0/8", "a private network"),  # RFC 1918
    ("100.64.0.0/10", "a provider's inner network"),  # RFC 6598
    ("127.0.0.0/8", "the reader's own machine"),  # RFC 1122
    ("168.63.129.16/32", "a cloud's inner service"),  # Azure's platform address
    ("169.254.0.0/16", "a link-local network"),  # RFC 3927; clouds tell secrets here
    ("172.16.0.0/12", "a private network"),  # RFC 1918
    ("192.0.0.0/24", "reserved for protocols"),  # RFC 6890
    ("192.0.2.0/24", "an example in documents"),  # RFC 5737
    ("192.88.99.0/24", "a relay that is no more"),  # RFC 7526
    ("192.168.0.0/16", "a private network"),  # RFC 1918
    ("198.18.0.0/15", "a network for benchmarks"),  # RFC 2544
    ("198.51.100.0/24", "an example in documents"),  # RFC 5737
    ("203.0.113.0/24", "an example in documents"),  # RFC 5737
    ("224.0.0.0/4", "a multicast group"),  # RFC 5771
    ("240.0.0.0/4", "reserved"),  # RFC 1112, with 255.255.255.255
)
#: Inside 2000::/3, and what lies outside of it and has a name of its own.
_IPV6 = (
    ("::/128", "no address"),  # RFC 4291
    ("::1/128", "the reader's own machine"),  # RFC 4291
    ("::/96", "an IPv4 address in an old disguise"),  # RFC 4291, 2.5.5.1
    ("64:ff9b:1::/48", "a private translation to IPv4"),  # RFC 8215
    ("100::/63", "a hole"),  # RFC 6666, RFC 9780
    ("2001::/23", "reserved for protocols"),  # RFC 2928; Teredo (RFC 4380) is 2001::/32
    ("2001:db8::/32", "an example in documents"),  # RFC 3849
    ("2002::/16", "an IPv4 address in disguise (6to4)"),  # RFC 3056, RFC 7526
    ("3ffe::/16", "an experiment that is over"),  # RFC 3701
    ("3fff::/20", "an example in documents"),  # RFC 9637
    ("5f00::/16", "an inner network"),  # RFC 9602
    ("fc00::/7", "a private network"),  # RFC 4193
    ("fe80::/10", "a link-local network"),  # RFC 4291
    ("fec0::/10", "a private network"),  # RFC 3879
    ("ff00::/8", "a multicast group"),  # RFC 4291
)
_NETWORKS_4 = tuple((IPv4Network(network), name) for network, name in _IPV4)
_NETWORKS_6 = tuple((IPv6Network(network), name) for network, name in _IPV6)
_UNICAST = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, 2.5.5.2
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: how all of IPv4 looks behind DNS64
#: ISATAP interface identifiers (RFC 5214, 6.1) without and with the "universal" bit.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def why_not_public(address: IPAddress) -> str:
    """What `address` is when it is not a public one; `""` for an address that may be asked.

    An IPv6 address that carries an IPv4 one is judged by what it carries. A site's own
    translation prefix (RFC 6052, 2.2) cannot be told from any other network.
    """
    if isinstance(address, IPv4Address):
        return next((name for network, name in _NETWORKS_4 if address in network), "")
    if address in _MAPPED or address in _NAT64:
        return why_not_public(_last_32_bits(address))
    for network, name in _NETWORKS_6:
        if address in network:
            return name
    if address not in _UNICAST:
        return "reserved"
    if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        return why_not_public(_last_32_bits(address))
    return ""


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
