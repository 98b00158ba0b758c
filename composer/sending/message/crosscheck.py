"""A second opinion on our headers, once for each compile: the standard library's parser."""

from __future__ import annotations

from email.headerregistry import AddressHeader
from email.parser import BytesParser
from email.policy import default

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
    meant = {"From": str(letterhead.sender.address), "To": str(SAMPLE.recipient.address)}
    if letterhead.reply_to is not None:
        meant["Reply-To"] = str(letterhead.reply_to.address)
    wrong = [name for name, address in meant.items() if _addresses(read[name]) != [address]]
    if read.keys() != names:
        wrong.append("the list of headers")
    if read.get_content_type() != "multipart/alternative" or not read.get_boundary():
        wrong.append("Content-Type")
    if wrong:
        raise ConfigError(
            f"another mail program would misread {', '.join(wrong)}",
            hint="look at the names and addresses in [newsletter] of newsletter.toml",
        )


def _addresses(header: object) -> list[str]:
    if not isinstance(header, AddressHeader):
        return []
    return [address.addr_spec for address in header.addresses]
