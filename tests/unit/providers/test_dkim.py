"""Signatures as receivers see them: dkimpy is the judge, and a fake DNS its witness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim  # type: ignore[import-untyped] # it has no types
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ConfigError
from composer.model.settings import DkimKey, DkimSettings, Secret, SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.providers.smtp.dkim_keys import load_key, make_key, open_signer, record
from composer.providers.smtp.relaxed import Bodies, Heads, canonical_body
from composer.providers.smtp.signer import Signer
from composer.sending.message import Message
from composer.sending.provider import Answer
from tests.servers.smtp_sink import SmtpServer
from tests.unit.providers.letters import AT, EDITION, LETTERHEAD, MESSAGE, batch, delivery

DOMAIN = "news.example.org"
Dns = Callable[..., bytes]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> DkimSettings:
    folder = tmp_path_factory.mktemp("keys")
    for kind in ("rsa", "ed25519"):
        make_key(kind, folder / f"{kind}.pem")
    keys = (
        DkimKey("r2026", str(folder / "rsa.pem")),
        DkimKey("e2026", str(folder / "ed25519.pem")),
    )
    return DkimSettings(DOMAIN, keys)


@pytest.fixture(scope="session")
def signer(settings: DkimSettings) -> Signer:
    return open_signer(settings)


@pytest.fixture(scope="session")
def dns(settings: DkimSettings) -> Dns:
    records = {}
    for key in settings.keys:
        made = record(load_key(key), key.selector, DOMAIN)
        records[f"{made.name}.".encode()] = made.text.encode()

    def answer(name: bytes, timeout: int = 5) -> bytes:
        return records.get(name, b"")

    return answer


def verdicts(message: bytes, dns: Dns) -> list[bool]:
    """What dkimpy says to each signature."""
    count = sum(line.lower().startswith(b"dkim-signature:") for line in message.split(b"\r\n"))
    found = []
    for index in range(count):
        try:
            found.append(dkim.DKIM(message).verify(idx=index, dnsfunc=dns))
        except dkim.DKIMException:
            found.append(False)
    return found


def signed(signer: Signer, chunks: Sequence[bytes]) -> bytes:
    return signer.signatures(chunks, AT) + b"".join(chunks)


@pytest.fixture
def letter(signer: Signer) -> bytes:
    return signed(signer, MESSAGE.chunks(delivery(1, first_name="Zoë  \t ."), AT))


def test_both_signatures_hold(letter: bytes, dns: Dns) -> None:
    assert verdicts(letter, dns) == [True, True]
    algorithms = [part for part in (b"a=rsa-sha256", b"a=ed25519-sha256") if part in letter]
    assert len(algorithms) == 2
    assert max(map(len, letter.split(b"\r\n"))) <= 78


@given(name=st.text(max_size=200), city=st.text(max_size=80))
def test_they_hold_for_whatever_readers_are_called(
    signer: Signer, dns: Dns, name: str, city: str
) -> None:
    chunks = MESSAGE.chunks(delivery(1, first_name=name, city=city), AT)

    assert verdicts(signed(signer, chunks), dns) == [True, True]


_BODY = st.lists(st.sampled_from([b" ", b"\t", b"  ", b"\r\n", b"x", b"=", b"y z"]), max_size=12)


@given(pieces=_BODY)
def test_it_does_not_matter_where_a_body_is_cut(
    signer: Signer, dns: Dns, pieces: list[bytes]
) -> None:
    head = b"From: Desk <desk@news.example.org>\r\nSubject:  a   b\r\n\t c\r\n"

    assert verdicts(signed(signer, [head, b"\r\n", *pieces, b"\r\n"]), dns) == [True, True]


_VALUE = st.lists(
    st.sampled_from([b" ", b"\t", b"  ", b"\r\n ", b"\r\n\t", b"x", b"Y z", b":"]), max_size=8
)
_HEADERS = st.lists(
    st.tuples(st.sampled_from(["From", "tO", "Subject", "LIST-ID", "Precedence"]), _VALUE),
    max_size=5,
    unique_by=lambda header: header[0],
)


@given(_HEADERS)
def test_canonical_headers_are_dkimpys(headers: list[tuple[str, list[bytes]]]) -> None:
    made = [(name.encode(), b"".join([b" ", *value, b"x\r\n"])) for name, value in headers]

    found = Heads().fields(b"".join(name + b":" + value for name, value in made))

    theirs = dkim.canonicalization.Relaxed.canonicalize_headers(made)
    assert list(found.values()) == [name + b":" + value for name, value in theirs]
    assert list(found) == [name.decode() for name, _ in theirs]


@given(st.lists(st.tuples(_BODY, _VALUE, st.booleans(), st.integers(0, 3)), min_size=2, max_size=6))
def test_nothing_of_one_message_is_left_for_the_next(
    signer: Signer, dns: Dns, letters: list[tuple[list[bytes], list[bytes], bool, int]]
) -> None:
    for pieces, subject, has_date, minute in letters:
        head = b"".join([b"From: desk@news.example.org\r\nSubject: ", *subject, b"x\r\n"])
        head += b"Date: Fri, 20 Nov 2026 09:30:00 +0000\r\n" * has_date
        chunks = [head, b"\r\n", *pieces, b"\r\n"]

        made = signer.signatures(chunks, AT.replace(minute=minute))

        assert verdicts(made + b"".join(chunks), dns) == [True, True]
        assert made.count(f"t={int(AT.replace(minute=minute).timestamp())};".encode()) == 2


@given(pieces=_BODY)
def test_the_canonical_body_is_dkimpys(pieces: list[bytes]) -> None:
    body = b"".join(pieces) + b"\r\n"

    theirs = dkim.canonicalization.Relaxed.canonicalize_body(body)
    assert canonical_body(body) == theirs
    bodies = Bodies()
    for cut in ([b"\r\n", *pieces, b"\r\n"], [b"", b"\r\n", body], [b"\r", b"\n", body]):
        assert bodies.canonical(cut) == theirs


@pytest.mark.parametrize(
    "header",
    [
        b"From: Somebody <else@news.example.org>",
        b"To: other@example.net",
        b"Subject: Buy now",
        b"Date: Fri, 20 Nov 2026 09:30:00 +0000",
        b"Reply-To: else@example.net",
        b"Message-ID: <x@news.example.org>",
        b"MIME-Version: 1.0",
        b"Content-Type: text/html",
        b"List-ID: <other.example.net>",
        b"List-Unsubscribe: <https://evil.example.net/>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"Feedback-ID: a:b:c:d",
    ],
)
@pytest.mark.parametrize("in_front", [True, False])
def test_a_second_header_breaks_both(
    letter: bytes, dns: Dns, header: bytes, in_front: bool
) -> None:
    head, blank, body = letter.partition(b"\r\n\r\n")
    lines = [header, head] if in_front else [head, header]

    assert verdicts(b"\r\n".join(lines) + blank + body, dns) == [False, False]


def test_a_reply_to_that_was_never_there_breaks_both(signer: Signer, dns: Dns) -> None:
    silent = Message.compile(EDITION, replace(LETTERHEAD, reply_to=None))
    message = signed(signer, silent.chunks(delivery(1), AT))

    assert verdicts(message, dns) == [True, True]
    assert verdicts(b"Reply-To: else@example.net\r\n" + message, dns) == [False, False]


def test_a_line_at_the_end_breaks_both(letter: bytes, dns: Dns) -> None:
    assert verdicts(letter + b"Advertisement\r\n", dns) == [False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"/u/token-", b"/u/taken-"),
        (b"Dear", b"Deer"),
        (b"A crane", b"A  train"),
    ],
)
def test_what_is_changed_on_the_way_breaks_both(
    letter: bytes, dns: Dns, old: bytes, new: bytes
) -> None:
    assert old in letter
    assert verdicts(letter.replace(old, new), dns) == [False, False]


def test_blanks_and_empty_lines_may_change_on_the_way(letter: bytes, dns: Dns) -> None:
    name, colon, rest = letter.partition(b"\r\nDate:")
    wrapped = name + colon + b"   " + rest.replace(b" +0000", b"\r\n\t+0000", 1) + b"\r\n\r\n"

    assert wrapped != letter
    assert verdicts(wrapped, dns) == [True, True]


def test_the_provider_signs_what_it_sends(signer: Signer, dns: Dns) -> None:
    with SmtpServer() as server:
        provider = SmtpProvider(SmtpSettings(port=server.port, security="none"), signer=signer)
        outcomes = provider.deliver(batch("ana@example.org", "ben@example.net"))
        provider.close()

    assert [outcome.answer for outcome in outcomes] == [Answer.ACCEPTED] * 2
    assert [verdicts(taken.content, dns) for taken in server.taken] == [[True, True]] * 2
    size = len(server.taken[0].content)
    assert server.commands[1].endswith(f" SIZE={size}")


def test_one_key_makes_one_signature(settings: DkimSettings, dns: Dns) -> None:
    alone = open_signer(replace(settings, keys=settings.keys[:1]))

    assert verdicts(signed(alone, MESSAGE.chunks(delivery(1), AT)), dns) == [True]


def test_the_time_of_signing_is_that_of_the_message(signer: Signer) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    assert b" t=1795167000;" in signer.signatures(MESSAGE.chunks(delivery(1), at), at)


# --- keys ------------------------------------------------------------------------------------


def test_a_new_key_is_for_our_eyes_only_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "2026a.pem"
    make_key("rsa", path)
    before = path.read_bytes()

    with pytest.raises(ConfigError, match="not overwritten"):
        make_key("rsa", path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == before


def test_a_record_fits_into_the_strings_of_a_zone(settings: DkimSettings) -> None:
    made = record(load_key(settings.keys[0]), "r2026", DOMAIN)

    strings = made.zone_line.split('"')[1::2]
    assert made.name == "r2026._domainkey.news.example.org"
    assert "".join(strings) == made.text
    assert max(map(len, strings)) <= 255 < len(made.text)


def test_a_key_may_stand_in_a_variable_on_one_line(settings: DkimSettings) -> None:
    pem = Path(settings.keys[0].file).read_text()

    for value in (pem, pem.replace("\n", "\\n")):
        found = load_key(DkimKey("r", secret=Secret(value, "DKIM_KEY")))
        assert record(found, "r", DOMAIN) == record(load_key(settings.keys[0]), "r", DOMAIN)


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


SHORT = rsa.generate_private_key(65537, 1536)  # noqa: S505 - it is refused


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        (b"not a key", 0o600, "holds no DKIM key"),
        (b"", 0o600, "holds no DKIM key"),
        (pem_of(ec.generate_private_key(ec.SECP256R1())), 0o600, "neither RSA nor Ed25519"),
        (pem_of(SHORT), 0o600, "has 1536 bits"),
        (b"whatever", 0o640, "others may read"),
        (b"whatever", 0o604, "others may read"),
    ],
    ids=["text", "empty", "curve", "short", "group", "world"],
)
def test_a_key_that_cannot_be_used_is_told_before_anything_is_sent(
    tmp_path: Path, content: bytes, mode: int, problem: str
) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(mode)

    with pytest.raises(ConfigError, match=problem) as caught:
        load_key(DkimKey("r", str(path)))

    assert caught.value.hint


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_key(DkimKey("r", str(tmp_path / "none.pem")))


def test_two_keys_of_one_kind_are_a_mistake(settings: DkimSettings) -> None:
    twice = replace(settings, keys=(settings.keys[0], replace(settings.keys[0], selector="other")))

    with pytest.raises(ConfigError, match="both keys of"):
        open_signer(twice)
