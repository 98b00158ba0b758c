from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from composer.doctor.diagnosis import Health
from composer.doctor.names import Silent
from composer.doctor.pages import NOBODY, pages
from composer.http_client import Answer, HttpWeb, Untrusted
from tests.servers.certificates import make_certificate
from tests.servers.sendgrid_like import SendgridServer
from tests.unit.doctor.patients import Pages, answer, healths, patient, site_in


def test_pages_that_answer_as_they_should(tmp_path: Path) -> None:
    asked = Pages()
    found = list(pages(patient(site_in(tmp_path), None, asked)))
    assert {d.health for d in found} == {Health.GOOD}
    assert asked.asked == [
        ("GET", "https://news.harbour.dev/healthz", b""),
        ("POST", f"https://news.harbour.dev/u/{NOBODY}", b"List-Unsubscribe=One-Click"),
        ("HEAD", f"https://news.harbour.dev/c/{NOBODY}", b""),
    ]


@pytest.mark.parametrize(
    ("told", "code", "health"),
    [
        (Pages(health=Silent("no route")), "web/silent", Health.ERROR),
        (Pages(health=Untrusted("self-signed")), "web/certificate", Health.ERROR),
        (Pages(health=answer(404)), "web/health", Health.ERROR),
        (Pages(health=answer(503)), "web/health", Health.ERROR),
        (Pages(health=answer(days=3)), "web/expiry", Health.WARNING),
        (Pages(health=answer(days=None)), "web/clear", Health.WARNING),
        (Pages(health=answer(late_s=900)), "clock/skew", Health.ERROR),
        (Pages(health=Answer(200, {})), "clock", Health.UNKNOWN),
        (Pages(one_click=answer(302, location="/bye")), "web/one-click", Health.ERROR),
        (Pages(one_click=answer(405)), "web/one-click", Health.ERROR),
        (Pages(one_click=Silent("reset")), "web/one-click", Health.ERROR),
        (Pages(one_click=answer(cookie="a=b")), "web/one-click", Health.ERROR),
        (Pages(link=answer(404)), "web/links", Health.WARNING),
        (Pages(link=answer(200)), "web/links", Health.WARNING),
        (Pages(link=Silent("reset")), "web/links", Health.ERROR),
    ],
)
def test_what_is_wrong_with_pages(tmp_path: Path, told: Pages, code: str, health: Health) -> None:
    found = list(pages(patient(site_in(tmp_path), None, told)))
    assert healths(found)[code] is health


def test_a_real_certificate_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path / "server.pem", days=5)
    with SendgridServer(tls=certificate.context) as server:
        with pytest.raises(Untrusted):
            HttpWeb().ask("GET", f"https://localhost:{server.port}/healthz")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        found = HttpWeb().ask("GET", f"https://localhost:{server.port}/healthz")
    assert found.status == 202
    assert found.expires is not None
    assert timedelta(days=4) < found.expires - datetime.now(UTC) <= timedelta(days=5)
    with pytest.raises(Silent):
        HttpWeb().ask("GET", f"http://127.0.0.1:{server.port}/healthz")
