"""What holds for every answer, and for every request that is refused unread."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from composer.web.public.app import public_app
from composer.web.public.front import Front
from composer.web.public.guard import MAX_FORM_BYTES, MAX_WEBHOOK_BYTES
from tests.unit.public.sites import Reader, make_site


@pytest.fixture
def reader(folder: Path) -> Reader:
    return Reader(public_app(Front(make_site(folder))))


def test_the_app_says_whether_its_database_answers(reader: Reader) -> None:
    assert json.loads(reader.get("/healthz").content) == {"status": "ok"}


def test_every_answer_keeps_tokens_and_scripts_where_they_are(reader: Reader) -> None:
    for path in ("/healthz", "/nothing-here"):
        headers = reader.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers


def test_a_database_that_is_away_is_a_503_and_no_traceback(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = make_site(folder)
    (folder / ".newsletter").mkdir()
    (folder / ".newsletter" / "newsletter.db").write_bytes(b"this is no database" * 100)

    answer = Reader(public_app(Front(site))).get("/healthz")

    if not site.settings.database_url.startswith("postgresql"):
        assert answer.status == 503
        assert answer.headers["retry-after"]
        assert "Traceback" not in caplog.text


def test_a_body_that_is_too_large_is_refused_unread(reader: Reader) -> None:
    said = {"Content-Length": str(MAX_FORM_BYTES + 1)}
    assert reader.ask("POST", "/healthz", said, b"").status == 413
    said = {"Content-Length": str(MAX_WEBHOOK_BYTES + 1)}
    assert reader.ask("POST", "/webhooks/any", said, b"").status == 413
    assert reader.ask("POST", "/healthz", {"Content-Length": "1e3"}, b"").status == 400
    assert reader.get(f"/{'a' * 5000}").status == 414
