"""Keys for signing, from the command to a signed message."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from composer.cli.main import main
from composer.errors import ConfigError
from composer.providers.smtp import SmtpProvider
from composer.site import Site


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(folder), *words])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    assert run(tmp_path, "init", "site").exit_code == 0
    return tmp_path / "site"


def configure(site: Path, text: str) -> None:
    settings = site / "newsletter.toml"
    settings.write_text(settings.read_text("utf-8") + text, "utf-8")


def test_a_key_is_made_with_its_record_and_what_to_write_in_the_settings(site: Path) -> None:
    path = site / "keys" / "2026a.pem"
    ran = run(site, "dkim", "keygen", str(path), "--selector", "2026A")

    assert ran.exit_code == 0, ran.output
    assert "2026a._domainkey." in ran.stdout
    assert "v=DKIM1; k=rsa; p=" in ran.stdout
    assert "PRIVATE" not in ran.output
    assert path.stat().st_mode & 0o777 == 0o600
    configure(site, ran.stderr[ran.stderr.index("  [dkim]") :])
    provider = Site.find(site, {"SMTP_PASSWORD": "open sesame"}).provider("smtp", outbox=site)
    assert isinstance(provider, SmtpProvider)
    assert provider.signer is not None


def test_a_program_gets_the_record(site: Path) -> None:
    path = site / "e.pem"
    ran = run(site, "--json", "dkim", "keygen", str(path), "--selector", "e", "--kind", "ed25519")

    told = json.loads(ran.stdout)
    assert told["type"] == "TXT"
    assert told["value"].startswith("v=DKIM1; k=ed25519; p=")
    assert len(told["value"].partition("p=")[2]) == 44


def test_a_key_that_git_would_take_is_told_of(site: Path) -> None:
    words = ("dkim", "keygen", "--selector", "a")
    outside = run(site, *words, str(site / "outside.key"))
    subprocess.run(["git", "init", "--quiet", str(site)], check=True)  # noqa: S603, S607 - git
    ignored = run(site, *words, str(site / "keys" / "ours"))
    told = run(site, *words, str(site / "secrets" / "ours"))

    assert "git does not ignore" not in outside.stderr + ignored.stderr
    assert "warning: git does not ignore secrets/ours" in told.stderr
    assert f"echo 'ours' >> {site}/secrets/.gitignore" in told.stderr
    assert told.exit_code == 0


def test_no_key_is_overwritten(site: Path) -> None:
    words = ("dkim", "keygen", str(site / "a.pem"), "--selector", "a")
    assert run(site, *words).exit_code == 0
    before = (site / "a.pem").read_bytes()

    ran = run(site, *words)

    assert ran.exit_code != 0
    assert "not overwritten" in ran.output
    assert (site / "a.pem").read_bytes() == before


def test_a_selector_is_a_name(site: Path) -> None:
    ran = run(site, "dkim", "keygen", str(site / "a.pem"), "--selector", "a.b c")

    assert ran.exit_code == 2
    assert not (site / "a.pem").exists()


def test_a_key_that_others_may_read_stops_smtp_and_nothing_else(site: Path) -> None:
    path = site / "a.pem"
    assert run(site, "dkim", "keygen", str(path), "--selector", "a").exit_code == 0
    configure(site, '\n[dkim]\nselector = "a"\nkey = { file = "a.pem" }\n')
    path.chmod(0o644)
    opened = Site.find(site, {"SMTP_PASSWORD": "open sesame"})

    opened.provider("outbox", outbox=site / "outbox")
    with pytest.raises(ConfigError, match="others may read") as caught:
        opened.provider("smtp", outbox=site)

    assert "chmod 600" in caught.value.hint
