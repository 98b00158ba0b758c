"""`newsletter doctor` against a DNS server and a mail server of the tests' own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main
from tests.servers.dns_zone import Zone, serving
from tests.servers.smtp_sink import SmtpServer
from tests.unit.doctor.patients import site_in

ZONE = """
news.harbour.dev. 60 IN TXT "v=spf1 ip4:192.0.2.10 " "-all"
news.harbour.dev. 60 IN MX 10 mail.harbour.dev.
news.harbour.dev. 60 IN MX 20 spare.harbour.dev.
mail.harbour.dev. 60 IN A 192.0.2.10
_dmarc.harbour.dev. 60 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@harbour.dev"
10.2.0.192.in-addr.arpa. 60 IN PTR mail.harbour.dev.
"""


def doctor(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_a_site_is_examined_through_real_servers(folder: Path) -> None:
    base = 'base_url = "https://news.harbour.dev"'
    with SmtpServer() as server, serving(Zone(ZONE)) as dns:
        site_in(folder, port=server.port)
        path = folder / "newsletter.toml"
        path.write_text(path.read_text().replace(base, 'base_url = "http://127.0.0.1:9"'))
        ran = doctor(folder, "--json", "doctor", "--dns", dns, "--server", "192.0.2.10")
    assert ran.exit_code == 1, ran.output
    document = json.loads(ran.stdout)
    found = {one["code"]: one["health"] for one in document["diagnoses"]}
    assert found.pop("web/silent") == "error"
    assert document["healthy"] is False
    assert {"provider/smtp", "spf/good", "dmarc/good", "mx/good", "ptr/good"} <= found.keys()
    assert set(found.values()) <= {"good", "unknown", "warning"}


def test_records_are_printed_as_a_zone_has_them(folder: Path) -> None:
    with serving(Zone("", refusing=frozenset({"_dmarc.news.harbour.dev"}))) as dns:
        site_in(folder, kind="outbox")
        ran = doctor(folder, "doctor", "--dns", dns, "--server", "192.0.2.10", "--fail-on", "never")
    assert ran.exit_code == 0
    assert 'news.harbour.dev. IN TXT "v=spf1 ip4:192.0.2.10 ~all"' in ran.stdout
    assert "? the DNS could not be asked: its servers answer with an error" in ran.stdout


@pytest.mark.parametrize("words", [["--server", "mail.harbour.dev"], ["--dns", "example"]])
def test_what_is_no_address_is_refused(folder: Path, words: list[str]) -> None:
    site_in(folder)
    ran = doctor(folder, "doctor", *words)
    assert ran.exit_code in {2, 4}
    assert "Traceback" not in ran.output
