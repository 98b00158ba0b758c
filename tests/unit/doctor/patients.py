"""Sites to examine, a DNS that is a dictionary, and pages that answer what a test says."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from composer.doctor.diagnosis import Diagnosis, Health
from composer.doctor.names import Silent
from composer.doctor.patient import Patient
from composer.http_client import Answer, Untrusted
from composer.site import Site

TOML = """
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.harbour.dev>"
postal_address = "12 Quay Street, Port Example"
base_url = "https://news.harbour.dev"
{newsletter}
[provider]
kind = "{kind}"
[provider.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
[provider.sendgrid]
api_key = {{ env = "SENDGRID_API_KEY" }}
host = "http://127.0.0.1:{port}"
{more}
"""


@dataclass
class Book:
    """A DNS: (name, type) → records. What is not in it is not there."""

    records: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()

    def _of(self, name: str, kind: str) -> Sequence[str]:
        if name in self.silent:
            raise Silent("no answer in time")
        return self.records.get((name, kind), ())

    def texts(self, name: str) -> Sequence[str]:
        return self._of(name, "TXT")

    def mail_hosts(self, domain: str) -> Sequence[str]:
        return self._of(domain, "MX")

    def addresses(self, host: str) -> Sequence[str]:
        return self._of(host, "A")

    def alias(self, name: str) -> str:
        return next(iter(self._of(name, "CNAME")), "")

    def pointers(self, address: str) -> Sequence[str]:
        return self._of(address, "PTR")


def answer(
    status: int = 200,
    *,
    days: int | None = 90,
    late_s: float = 0,
    cookie: str = "",
    location: str = "",
) -> Answer:
    now = datetime.now(UTC)
    fields = {
        "date": format_datetime(now + timedelta(seconds=late_s), usegmt=True),
        "set-cookie": cookie,
        "location": location,
    }
    fields = {name: value for name, value in fields.items() if value}
    expires = None if days is None else now + timedelta(days=days, hours=1)
    return Answer(status, fields, expires)


@dataclass
class Pages:
    """The readers' pages: what each of them answers, and what they were asked."""

    health: Answer | Silent | Untrusted = field(default_factory=answer)
    one_click: Answer | Silent = field(default_factory=answer)
    link: Answer | Silent = field(
        default_factory=lambda: Answer(404, {"referrer-policy": "no-referrer"})
    )
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        self.asked.append((method, url, body))
        found = self.health if url.endswith("/healthz") else self.one_click
        found = self.link if "/c/" in url else found
        if isinstance(found, Exception):
            raise found
        return found


def site_in(
    folder: Path, *, kind: str = "smtp", port: int = 25, newsletter: str = "", more: str = ""
) -> Site:
    folder.mkdir(parents=True, exist_ok=True)
    text = TOML.format(kind=kind, port=port, newsletter=newsletter, more=more)
    (folder / "newsletter.toml").write_text(text)
    return Site.find(folder, {"SENDGRID_API_KEY": "SG.a-key-for-tests"})


def patient(
    site: Site, names: Book | None = None, pages: Pages | None = None, *servers: str
) -> Patient:
    found = tuple(ipaddress.ip_address(each) for each in servers)
    return Patient(site, names or Book(), pages or Pages(), found)


def healths(found: Sequence[Diagnosis]) -> dict[str, Health]:
    return {one.code: one.health for one in found}
