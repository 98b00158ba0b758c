from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from composer.errors import ConfigError, SourceError
from composer.model.address import Address
from composer.model.settings import FieldType, ImageMode, Mailbox, Palette, Settings
from composer.reading.site_file import KEYS, find_site, read_settings
from composer.reading.site_sheet import variable_for

ROOT = Path(__file__).parents[3]
LEAST = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
"""

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Settings of a site file made of `LEAST` and what a test adds."""

    def settings(more: str = "", text: str = LEAST, **environ: str) -> Settings:
        (tmp_path / "newsletter.toml").write_text(text + more, "utf-8")
        return read_settings(tmp_path, environ)

    return settings


def codes(caught: pytest.ExceptionInfo[SourceError]) -> list[str]:
    return [getattr(finding, "code", "") for finding in caught.value.findings]


def test_the_least_site_has_a_default_for_everything_else(read: Read) -> None:
    settings = read()

    newsletter = settings.newsletter
    assert newsletter.sender == Mailbox("Harbour Watch", Address("desk", "news.example.org"))
    assert newsletter.list_id == "harbour-watch.news.example.org"
    assert (newsletter.locale, newsletter.template) == ("en", "monitor")
    assert newsletter.images is ImageMode.CID
    assert newsletter.palette == Palette()
    assert settings.provider.kind == "outbox"
    assert settings.database_url == "sqlite:///.newsletter/newsletter.db"
    assert settings.fields == {}
    assert settings.segments == {}


def test_the_example_site_of_this_repository_is_right() -> None:
    settings = read_settings(ROOT, {})

    assert settings.fields["topics"] is FieldType.SET
    assert settings.segments["board"].rule == 'role == "board"'
    assert settings.unset == {"smtp": "SMTP_PASSWORD", "sendgrid": "SENDGRID_API_KEY"}


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(read: Read) -> None:
    more = '[provider.smtp]\nhost = "a.example.org"\nport = 25\n'

    settings = read(
        more,
        NEWSLETTER_NAME="Night Watch",
        NEWSLETTER_PROVIDER_KIND="smtp",
        NEWSLETTER_PROVIDER_SMTP_HOST="b.example.org",
        NEWSLETTER_PROVIDER_SMTP_INSECURE="yes",
        NEWSLETTER_PROVIDER_SMTP_TIMEOUT_S="2.5",
        NEWSLETTER_DATABASE_URL="sqlite:////srv/letters.db",
        NEWSLETTER_THEME_INK="#ABCDEF",
    )

    assert settings.newsletter.name == "Night Watch"
    assert settings.provider.kind == "smtp"
    smtp = settings.provider.smtp
    assert (smtp.host, smtp.port, smtp.insecure) == ("b.example.org", 25, True)
    assert (smtp.timeout_s, smtp.connections) == (2.5, 4)
    assert settings.database_url == "sqlite:////srv/letters.db"
    assert settings.newsletter.palette.ink == "#abcdef"


def test_an_empty_variable_is_one_that_is_not_set(read: Read) -> None:
    assert read(NEWSLETTER_NAME="").newsletter.name == "Harbour Watch"


def test_a_wrong_variable_is_named(read: Read) -> None:
    with pytest.raises(SourceError, match="NEWSLETTER_PROVIDER_SMTP_PORT") as caught:
        read(NEWSLETTER_PROVIDER_SMTP_PORT="many")

    assert codes(caught) == ["config/value"]


def test_a_misspelt_variable_is_told_and_a_strange_one_left_alone(read: Read) -> None:
    with pytest.raises(SourceError, match="did you mean 'NEWSLETTER_PROVIDER_KIND'") as caught:
        read(NEWSLETTER_PROVIDER_KNID="smtp", NEWSLETTER_TEAM="desk")

    assert codes(caught) == ["config/unknown-variable"]


def test_a_secret_comes_from_the_environment_and_never_shows(read: Read) -> None:
    more = '[provider.smtp]\nusername = "desk"\npassword = { env = "SMTP_PASSWORD" }\n'

    environ = {"SMTP_PASSWORD": "open sesame"}
    settings = read(more, **environ)

    secret = settings.provider.smtp.password
    assert secret is not None
    assert (secret.value, secret.variable) == ("open sesame", "SMTP_PASSWORD")
    assert "sesame" not in f"{settings} {settings!r} {secret}"


def test_a_secret_that_is_not_set_matters_only_to_the_provider_in_use(read: Read) -> None:
    more = '[provider.sendgrid]\napi_key = { env = "SENDGRID_API_KEY" }\n'

    assert read(more).unset == {"sendgrid": "SENDGRID_API_KEY"}
    assert read(more).provider.sendgrid.api_key is None
    with pytest.raises(SourceError, match="SENDGRID_API_KEY is not set") as caught:
        read(more, NEWSLETTER_PROVIDER_KIND="sendgrid")
    assert codes(caught) == ["config/missing-secret"]
    assert read(
        more, NEWSLETTER_PROVIDER_KIND="sendgrid", SENDGRID_API_KEY="k"
    ).provider.sendgrid.api_key


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("desk@example.org", "", "desk@example.org"),
        ("Desk <desk@Example.ORG>", "Desk", "desk@example.org"),
        ('"Desk, Night" <desk@example.org>', "Desk, Night", "desk@example.org"),
        ("Desk, Night <desk@example.org>", "Desk, Night", "desk@example.org"),
        ("Büro <kai@bücher.example>", "Büro", "kai@xn--bcher-kva.example"),
        ("<desk@example.org>", "", "desk@example.org"),
        ("美咲 <m@example.org>", "美咲", "m@example.org"),
    ],
)
def test_a_mailbox_is_a_name_and_an_address(
    read: Read, written: str, name: str, address: str
) -> None:
    sender = read(NEWSLETTER_FROM=written).newsletter.sender

    assert (sender.name, str(sender.address)) == (name, address)


@pytest.mark.parametrize(
    "written",
    [
        "desk",
        "desk@",
        "Desk <desk@example.org",
        "Desk <a@example.org> <b@example.org>",
        "a@example.org, b@example.org",
        "desk@example.org\u202e",
        "Desk\r\nBcc: eve@example.org <desk@example.org>",
        "Desk\x00 <desk@example.org>",
        "=?utf-8?q?Desk?= <desk@example.org>",
        "desk@localhost",
        "de sk@example.org",
    ],
)
def test_what_could_escape_a_header_is_no_mailbox(read: Read, written: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(NEWSLETTER_FROM=written)

    assert codes(caught) == ["config/value"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://news.example.org/", "https://news.example.org"),
        ("https://News.Example.org/Letters//", "https://news.example.org/Letters"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_base_url_has_no_trailing_slash_and_is_https_beyond_this_machine(
    read: Read, written: str, kept: str
) -> None:
    assert read(NEWSLETTER_BASE_URL=written).newsletter.base_url == kept


@pytest.mark.parametrize(
    "written",
    [
        "http://news.example.org",
        "ftp://x.example",
        "news.example.org",
        "https://",
        "https://x/?a=1",
    ],
)
def test_other_base_urls_are_refused(read: Read, written: str) -> None:
    with pytest.raises(SourceError):
        read(NEWSLETTER_BASE_URL=written)


def test_locales_take_their_recommended_form(read: Read) -> None:
    assert read(NEWSLETTER_LOCALE="PT-br").newsletter.locale == "pt-BR"
    assert read(NEWSLETTER_LOCALE="zh-hant-tw").newsletter.locale == "zh-Hant-TW"


def test_a_postal_address_of_several_lines_is_one_line_with_commas(read: Read) -> None:
    text = LEAST + 'postal_address = """\n12 Quay Street,\nPort Example\n"""\n'

    assert read(text=text).newsletter.postal_address == "12 Quay Street, Port Example"


def test_a_segment_knows_where_its_rule_starts(read: Read, tmp_path: Path) -> None:
    more = """[segments]
board = 'role == "board"'
long = '''
country == "US" and
has(role)'''
"""

    segments = read(more).segments

    lines = (tmp_path / "newsletter.toml").read_text().splitlines()
    for segment in segments.values():
        place = segment.place
        assert place.path == tmp_path / "newsletter.toml"
        assert place.line is not None
        assert place.column is not None
        first = segment.rule.splitlines()[0]
        assert lines[place.line - 1][place.column - 1 :].startswith(first)


def test_a_list_id_of_a_name_without_latin_letters_is_still_one(read: Read) -> None:
    assert read(NEWSLETTER_NAME="港").newsletter.list_id == "list.news.example.org"
    long = read(NEWSLETTER_NAME="harbour " * 60).newsletter.list_id
    assert re.fullmatch(r"[a-z-]+[a-z]\.news\.example\.org", long)
    assert len(long) <= 255


def test_unencrypted_mail_is_for_this_machine_or_said_twice(read: Read) -> None:
    plain = '[provider.smtp]\nsecurity = "none"\n'

    assert read(plain).provider.smtp.host == "127.0.0.1"
    assert read(plain + 'host = "::1"\n').provider.smtp.host == "::1"
    assert read(plain + 'host = "mail.example.org"\ninsecure = true\n').provider.smtp.insecure
    with pytest.raises(SourceError) as caught:
        read(plain + 'host = "mail.example.org"\n')
    assert codes(caught) == ["config/insecure"]


def test_a_file_of_windows_is_read_and_another_encoding_told(tmp_path: Path) -> None:
    path = tmp_path / "newsletter.toml"
    path.write_bytes(b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode())
    assert read_settings(tmp_path, {}).newsletter.name == "Harbour Watch"

    path.write_bytes('[newsletter]\nname = "Büro"\n'.encode("cp1252"))
    with pytest.raises(SourceError, match=r"newsletter.toml:2:10: error\[config/encoding\]"):
        read_settings(tmp_path, {})


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_text("#" * 1_100_000)

    with pytest.raises(SourceError, match="longer than 1 MB"):
        read_settings(tmp_path, {})


def test_the_site_is_found_from_below_and_not_beyond_the_repository(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_text(LEAST)
    deep = tmp_path / "issues" / "2026-014"
    deep.mkdir(parents=True)
    assert find_site(deep) == tmp_path
    assert find_site(tmp_path) == tmp_path

    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    with pytest.raises(ConfigError, match="newsletter init"):
        find_site(other)


def test_a_folder_without_a_site_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="newsletter init"):
        read_settings(tmp_path, {})


def test_every_key_has_a_variable_of_its_own() -> None:
    variables = [variable_for(table, key) for table, keys in KEYS.items() for key in keys]

    assert len(variables) == len(set(variables))
    assert variable_for(("newsletter",), "from") == "NEWSLETTER_FROM"


def test_every_colour_of_the_palette_can_be_set(read: Read) -> None:
    names = [field.name for field in dataclasses.fields(Palette)]
    more = "[theme]\n" + "".join(f'{name} = "#0000{n:02x}"\n' for n, name in enumerate(names))

    palette = read(more).newsletter.palette

    assert [getattr(palette, name) for name in names] == [
        f"#0000{n:02x}" for n in range(len(names))
    ]


def test_signing_keys_come_from_files_of_the_site_or_from_the_environment(
    read: Read, tmp_path: Path
) -> None:
    more = """
[dkim]
selector = "2026a"
key = { file = "keys/2026a.pem" }
second_selector = "2026E"
second_key = { env = "DKIM_KEY" }
"""
    dkim = read(more, DKIM_KEY="open sesame").provider.dkim

    assert dkim is not None
    assert dkim.domain == "news.example.org"
    assert [key.selector for key in dkim.keys] == ["2026a", "2026e"]
    assert dkim.keys[0].file == str(tmp_path / "keys" / "2026a.pem")
    assert dkim.keys[1].secret is not None
    assert "sesame" not in repr(dkim)


@pytest.mark.parametrize("domain", ["news.example.org", "example.org"])
def test_the_sender_may_be_signed_for_by_the_domain_above(read: Read, domain: str) -> None:
    more = f'[dkim]\ndomain = "{domain}"\nselector = "a"\nkey = {{ file = "a.pem" }}\n'

    dkim = read(more).provider.dkim

    assert dkim is not None
    assert dkim.domain == domain


@pytest.mark.parametrize("domain", ["example.net", "ws.example.org", "a.news.example.org"])
def test_a_signature_of_another_domain_would_say_nothing(read: Read, domain: str) -> None:
    more = f'[dkim]\ndomain = "{domain}"\nselector = "a"\nkey = {{ file = "a.pem" }}\n'

    with pytest.raises(SourceError, match="says nothing about mail from news"):
        read(more)


def test_a_signing_key_that_is_not_set_matters_only_to_smtp(read: Read) -> None:
    more = '[dkim]\nselector = "a"\nkey = { env = "DKIM_KEY" }\n'

    assert read(more).unset == {"smtp": "DKIM_KEY"}
    with pytest.raises(SourceError, match="DKIM_KEY is not set") as caught:
        read(more, NEWSLETTER_PROVIDER_KIND="smtp")
    assert codes(caught) == ["config/missing-secret"]
