"""`[webhooks]` and `[bounces]`: who may tell us what became of mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import SourceError
from composer.model.settings import Settings
from composer.reading.site_file import read_settings

HEAD = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
"""


def read(folder: Path, toml: str, **environ: str) -> Settings:
    (folder / "newsletter.toml").write_text(HEAD + toml)
    return read_settings(folder, environ)


def test_without_a_table_nobody_may_call(tmp_path: Path) -> None:
    settings = read(tmp_path, "")

    assert settings.webhooks.callers == {}
    assert not settings.webhooks.opens
    assert not settings.webhooks.clicks
    assert settings.bounces.source == ""


def test_secrets_come_from_variables_and_a_missing_one_is_told_when_it_is_needed(
    tmp_path: Path,
) -> None:
    toml = """
[webhooks]
clicks = true
[webhooks.sendgrid]
key = { env = "SG_KEY" }
[webhooks.resend]
key = { env = "RESEND_KEY" }
max_age_s = 60
[webhooks.ses]
topics = ["arn:aws:sns:eu-west-1:123456789012:newsletter"]
"""
    settings = read(tmp_path, toml, SG_KEY="abc")
    callers = settings.webhooks.callers

    assert set(callers) == {"sendgrid", "resend", "ses"}
    assert callers["sendgrid"].key is not None
    assert callers["sendgrid"].key.value == "abc"
    assert callers["sendgrid"].max_age_s == 90_000
    assert callers["resend"].max_age_s == 60
    assert callers["ses"].topics == ("arn:aws:sns:eu-west-1:123456789012:newsletter",)
    assert settings.unset == {"webhooks.resend": "RESEND_KEY"}
    assert settings.webhooks.clicks
    assert "abc" not in repr(settings)


def test_the_environment_may_say_it_all(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "",
        NEWSLETTER_WEBHOOKS_MAILGUN_KEY="abc",
        NEWSLETTER_BOUNCES_SOURCE="imaps://mail.example.org/INBOX",
        NEWSLETTER_BOUNCES_USERNAME="bounces",
        NEWSLETTER_BOUNCES_PASSWORD="xyz",  # noqa: S106
    )

    assert set(settings.webhooks.callers) == {"mailgun"}
    assert settings.bounces.source == "imaps://mail.example.org/INBOX"
    assert settings.bounces.password is not None
    assert settings.bounces.password.value == "xyz"


def test_paths_of_mailboxes_are_relative_to_the_site(tmp_path: Path) -> None:
    settings = read(tmp_path, '[bounces]\nsource = "maildir:home/bounces"\n')

    assert settings.bounces.source == f"maildir:{tmp_path / 'home/bounces'}"
    absolute = read(tmp_path, '[bounces]\nsource = "mbox:/var/mail/bounces"\n')
    assert absolute.bounces.source == "mbox:/var/mail/bounces"


@pytest.mark.parametrize(
    "source",
    [
        *("bounces", "file:x", "imaps://", "pop3s:///x", "imaps://a:b@mail.example.org"),
        *("imaps://[", "imaps://mail.example.org?x=1", "maildir:", "pop3://mail.example.org"),
    ],
)
def test_what_is_no_mailbox_is_told_with_its_place(tmp_path: Path, source: str) -> None:
    toml = f'[bounces]\nsource = "{source}"\nusername = "b"\npassword = {{ env = "P" }}\n'
    with pytest.raises(SourceError) as wrong:
        read(tmp_path, toml, P="x")

    assert "newsletter.toml:6:11: error[config/value] source: " in str(wrong.value)
