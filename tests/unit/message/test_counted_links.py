"""A link that is counted, from the letter over the wire to its target."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html import escape, unescape

from hypothesis import given
from hypothesis import strategies as st

from composer.model.clicks import PATH, targets_of
from composer.rendering.counting import with_counted_links
from composer.sending.message import Message
from composer.storage.identity import Identity
from tests.unit.providers.letters import AT, EDITION, LETTERHEAD, delivery

targets = st.from_regex(
    r"https?://[a-z]{1,9}\.example(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]{0,40})?(\?[a-z=&;]{0,12})?",
    fullmatch=True,
)


@given(st.lists(targets, min_size=1, max_size=8), st.integers(1, 2**60 - 1), st.binary(min_size=32))
def test_every_link_of_a_letter_comes_back_to_its_target(
    wanted: list[str], number: int, salt: bytes
) -> None:
    html = "".join(f'<p>é <a href="{escape(target)}">x</a></p>' for target in wanted)
    edition = with_counted_links(replace(EDITION, html=(html,)), LETTERHEAD.base_url, "")
    identity = Identity(salt[:64])
    one = replace(delivery(1), id=identity.delivery_id(number), seal=identity.seal(number))

    wire = b"".join(Message.compile(edition, LETTERHEAD).chunks(one, AT))

    body = message_from_bytes(wire, policy=default).get_body(("html",))
    assert body is not None
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', body.get_content())]
    prefix = f"{LETTERHEAD.base_url}{PATH}"
    clicked = [identity.clicked(link.removeprefix(prefix)) for link in links]
    known = targets_of(edition)
    assert [(n, known[link]) for n, link in filter(None, clicked)] == [(number, t) for t in wanted]
    assert max(map(len, wire.splitlines())) <= 998
    stranger = (
        Identity(bytes(reversed(salt[:64])) + b"!") if len(salt) < 64 else Identity(b"?" * 32)
    )
    assert not any(stranger.clicked(link.removeprefix(prefix)) for link in links)
