"""What a request asks for: its form, its language, its visitor; whatever is sent."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

#: No form of ours has more fields.
MOST_FIELDS = 200
MOST_VALUE_CHARS = 4000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Form:
    """The texts of a form by their names; files are none."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    readable: bool = True  #: whether the body was a form at all

    def one(self, name: str) -> str:
        """The first text of that name, without blanks around it; empty when there is none."""
        return next(iter(self.texts.get(name, ())), "").strip()

    def all(self, name: str) -> tuple[str, ...]:
        return self.texts.get(name, ())


async def form_of(request: Request) -> Form:
    """The form in the body, urlencoded or multipart; one that is not readable is empty."""
    try:
        async with request.form(max_files=20, max_fields=MOST_FIELDS) as data:
            return Form(_texts(data))
    except (HTTPException, MultiPartException, UnicodeError, ValueError, LookupError):
        return Form(readable=False)
    except ClientDisconnect:
        return Form(readable=False)


def _texts(data: FormData) -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for name, value in data.multi_items():
        if isinstance(value, str):
            # A NUL is in no text that people write, and PostgreSQL refuses it.
            clean = value[:MOST_VALUE_CHARS].replace("\0", "").encode(errors="replace").decode()
            texts[name] = (*texts.get(name, ()), clean)
    return texts


def token_of(request: Request) -> str:
    """The token in the address; what cannot be one of ours is nobody's."""
    token = str(request.path_params["token"])
    return token if _TOKEN.fullmatch(token) else "-"


def visitor_of(request: Request) -> str:
    """Whom limits count: the network that a request comes from; of IPv6, a household's /64."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:100]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def accepted_languages(headers: Headers) -> str:
    return headers.get("accept-language", "")
