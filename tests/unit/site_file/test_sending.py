"""What `[sending]`, `[limits]`, `[breaker]` and the fallbacks say, and what they are without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from composer.errors import SourceError
from composer.model.limits import DomainGroup, Fuses, Limit, SendingSettings, WarmUp
from composer.model.settings import Settings
from composer.reading.site_file import read_settings

SITE = """
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
"""


def read(folder: Path, more: str, environ: Mapping[str, str] | None = None) -> Settings:
    (folder / "newsletter.toml").write_text(SITE + more, encoding="utf-8")
    return read_settings(folder, environ or {})


def test_nothing_is_limited_and_a_day_is_the_patience_of_a_site_that_says_nothing(
    tmp_path: Path,
) -> None:
    settings = read(tmp_path, "")
    assert settings.sending == SendingSettings()
    assert not settings.sending.limits
    assert (settings.sending.retry_for_s, settings.sending.wait_s) == (86_400, 3_600)
    assert settings.provider.fallback == ()


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
[provider]
kind = "smtp"
fallback = ["sendgrid"]
[provider.sendgrid]
api_key = { env = "SENDGRID_API_KEY" }
[sending]
retry_for = "2d"
wait = "15m"
[limits.providers]
smtp = ["50/s", "10000 / hour"]
[limits.domains]
"Gmail.com googlemail.com" = "20/s"
"example.net" = ["5/min", "100/day"]
[limits.warm_up]
provider = "smtp"
first_day = 100
growth = 2
full = 9000
[breaker]
policy = "10%"
pause = "1h"
refused = "30%"
unanswered = "5%"
""",
        {"SENDGRID_API_KEY": "SG.x"},
    )
    sending = settings.sending
    assert settings.provider.fallback == ("sendgrid",)
    assert (sending.retry_for_s, sending.wait_s) == (172_800, 900)
    assert sending.limits.providers == {"smtp": (Limit(50, 1), Limit(10_000, 3600))}
    assert sending.limits.groups == (
        DomainGroup(("gmail.com", "googlemail.com"), (Limit(20, 1),)),
        DomainGroup(("example.net",), (Limit(5, 60), Limit(100, 86_400))),
    )
    assert sending.limits.warm_up == WarmUp("smtp", 100, 2.0, 9000)
    assert sending.fuses == Fuses(
        domain_share=0.1, pause_s=3600, refused_share=0.3, unknown_share=0.05
    )


def test_a_fallback_without_its_secret_is_told_before_it_is_needed(tmp_path: Path) -> None:
    more = """
[provider]
fallback = ["sendgrid"]
[provider.sendgrid]
api_key = { env = "SENDGRID_API_KEY" }
"""
    with pytest.raises(SourceError) as caught:
        read(tmp_path, more)
    assert "the variable SENDGRID_API_KEY is not set" in str(caught.value)


def test_the_environment_may_say_it(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "",
        {
            "NEWSLETTER_SENDING_WAIT": "30s",
            "NEWSLETTER_PROVIDER_FALLBACK": "smtp",
            "NEWSLETTER_LIMITS_WARM_UP_PROVIDER": "smtp",
        },
    )
    assert settings.sending.wait_s == 30
    assert settings.provider.fallback == ("smtp",)
    assert settings.sending.limits.warm_up == WarmUp("smtp")
