"""A second opinion on our headers, once for each compile: the standard library's parser."""

from __future__ import annotations

from email.headerregistry import AddressHeader, ContentTypeHeader
from email.parser import BytesParser
from email.policy import default
from functools import lru_cache

from composer.errors import ConfigError
from composer.model.address import Address
from composer.model.delivery import Delivery, Recipient
from composer.model.edition import EditionKey
from composer.model.mailing import Letterhead

#: Nobody: stands in for the reader when a message is compiled.
SAMPLE = Delivery(
    "sample",
    Recipient(0, Address("reader", "example.org"), "", EditionKey("en"), {}, "sample"),
)


def refuse_misread(block: bytes, names: list[str], letterhead: Letterhead) -> None:
    """Compare names, sender and content type with what they were made of.

    Raises:
        ConfigError: the library reads something else; no receiver should be asked to do better.
    """
    read = BytesParser(policy=default).parsebytes(block, headersonly=True)
    written = {name: str(value) for name, value in read.raw_items()}
    meant = {"From": str(letterhead.sender.address), "To": str(SAMPLE.recipient.address)}
    if letterhead.reply_to is not None:
        meant["Reply-To"] = str(letterhead.reply_to.address)
    wrong = [
        name
        for name, address in meant.items()
        if _addresses(name, written.get(name, "")) != (address,)
    ]
    if read.keys() != names:
        wrong.append("the list of headers")
    kind = read["Content-Type"]
    parted = isinstance(kind, ContentTypeHeader) and kind.content_type == "multipart/alternative"
    if not parted or not kind.params.get("boundary"):
        wrong.append("Content-Type")
    if wrong:
        raise ConfigError(
            f"another mail program would misread {', '.join(wrong)}",
            hint="look at the names and addresses in [newsletter] of newsletter.toml",
        )


@lru_cache(maxsize=64)  # the editions of a newsletter have one sender
def _addresses(name: str, value: str) -> tuple[str, ...]:
    header = default.header_fetch_parse(name, value)
    if not isinstance(header, AddressHeader):
        return ()
    return tuple(address.addr_spec for address in header.addresses)
