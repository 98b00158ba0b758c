"""Every kind of mailbox: what is new is read, and put away only when we say so."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from composer.errors import ComposerError, ConfigError, Misconfigured, Unreachable
from composer.events.mail.mailbox import Mailbox
from composer.mailboxes.files import Maildir, MessageFile
from composer.mailboxes.opening import open_mailbox
from composer.model.settings import BounceSettings, Secret
from tests.servers import dovecot
from tests.servers.dovecot import PASSWORD, USERNAME, Dovecot
from tests.servers.postgres import closed_port

MESSAGES = [f"Subject: {n}\r\n\r\nbody {n}\r\n".encode() for n in range(1, 4)]
_NUMBERS = count(1)  #: a name is never used twice: the server knows a file by it


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot.running() as running:
        yield running


@pytest.fixture
def post(server: Dovecot) -> Dovecot:
    """The server with three new messages and nothing else."""
    for folder in ("new", "cur", ".Done/cur", ".Done/new"):
        for path in (server.maildir / folder).glob("*"):
            path.unlink()
    for raw in MESSAGES:
        server.deliver(name(), raw)
    return server


def name() -> str:
    return f"{next(_NUMBERS):06}.host"


def settings(done: str = "", password: str = PASSWORD) -> BounceSettings:
    return BounceSettings(
        username=USERNAME, password=Secret(password, "X"), done=done, timeout_s=30.0
    )


def imap(server: Dovecot, done: str = "") -> Mailbox:
    return open_mailbox(f"imap://127.0.0.1:{server.imap}/INBOX", settings(done))


def pop3(server: Dovecot) -> Mailbox:
    return open_mailbox(f"pop3://127.0.0.1:{server.pop3}", settings())


def maildir(server: Dovecot) -> Mailbox:
    return open_mailbox(f"maildir:{server.maildir}", BounceSettings())


def subjects(box: Mailbox) -> list[bytes]:
    return [held.raw.split(b"\r\n")[0] for held in box.waiting()]


@pytest.mark.parametrize("opened", [imap, pop3, maildir])
def test_looking_changes_nothing_and_what_is_settled_is_not_read_again(
    post: Dovecot, opened: Callable[[Dovecot], Mailbox]
) -> None:
    for _ in range(2):
        box = opened(post)
        assert subjects(box) == [b"Subject: 1", b"Subject: 2", b"Subject: 3"]
        box.close()
        box.close()

    box = opened(post)
    held = list(box.waiting())
    assert [one.raw.rstrip(b"\r\n") for one in held] == [raw.rstrip(b"\r\n") for raw in MESSAGES]
    box.settle([held[0].id, held[1].id], [held[2].id])
    box.close()

    again = opened(post)
    left = [b"Subject: 3"] if opened is pop3 else []
    assert subjects(again) == left
    again.close()


@pytest.mark.parametrize("opened", [imap, maildir])
def test_what_is_for_people_stays_new_to_them(
    post: Dovecot, opened: Callable[[Dovecot], Mailbox]
) -> None:
    box = opened(post)
    ids = [held.id for held in box.waiting()]
    box.settle(ids[:1], ids[1:])
    box.close()

    person = imaplib.IMAP4("127.0.0.1", post.imap, timeout=30)
    person.authenticate("PLAIN", lambda _: f"\0{USERNAME}\0{PASSWORD}".encode())
    person.select()
    assert len(person.search(None, "UNSEEN")[1][0].split()) == 2
    assert len(person.search(None, "SEEN")[1][0].split()) == 1
    person.logout()


def test_imap_moves_what_was_read_to_another_folder(post: Dovecot) -> None:
    box = imap(post, done="Done")
    ids = [held.id for held in box.waiting()]
    box.settle(ids[:2], ids[2:])
    box.close()

    done = open_mailbox(f"imap://127.0.0.1:{post.imap}/Done", settings())
    assert list(done.waiting()) == []
    done.close()
    assert len(list((post.maildir / ".Done" / "cur").iterdir())) == 2

    box = imap(post, done="Nowhere")
    with pytest.raises(Misconfigured, match="Nowhere"):
        box.settle(ids[2:], [])
    box.close()


def test_a_message_without_end_is_read_as_far_as_it_is_looked_at(post: Dovecot) -> None:
    post.deliver(name(), b"Subject: 4\r\n\r\n" + b"x" * 900 + b"\r\n" * 600_000)
    for opened in (maildir, imap):  # Dovecot moves what it sees out of new/
        box = opened(post)
        assert [len(held.raw) for held in box.waiting()][3] == 1_048_576
        box.close()


def test_a_line_without_end_is_passed_over_by_pop3_and_not_by_imap(post: Dovecot) -> None:
    post.deliver(name(), b"Subject: long\r\n\r\n" + b"x" * 5_000 + b"\r\n")

    for opened, many in ((imap, 4), (pop3, 3)):  # and POP3 marks what it hands out
        box = opened(post)
        assert len(subjects(box)) == many
        box.close()


def test_a_password_that_is_wrong_is_told_without_repeating_it(server: Dovecot) -> None:
    for source in (f"imap://127.0.0.1:{server.imap}", f"pop3://127.0.0.1:{server.pop3}"):
        with pytest.raises(Misconfigured) as refused:
            open_mailbox(source, settings(password="hunter2"))  # noqa: S106
        assert "hunter2" not in str(refused.value)
    with pytest.raises(Misconfigured, match="Nowhere"):
        open_mailbox(f"imap://127.0.0.1:{server.imap}/Nowhere", settings())


def test_nobody_there_is_told_so() -> None:
    port = closed_port()
    for kind in ("imap", "imaps", "pop3", "pop3s"):
        with pytest.raises(Unreachable):
            open_mailbox(f"{kind}://127.0.0.1:{port}", settings())


@pytest.mark.parametrize(
    "source", ["imap://mail.example.org", "pop3://mail.example.org", "imaps://", "imap:///x"]
)
def test_a_password_goes_nowhere_unencrypted(source: str) -> None:
    with pytest.raises(ConfigError):
        open_mailbox(source, settings())
    with pytest.raises(ConfigError):
        open_mailbox("imaps://mail.example.org", BounceSettings())


def test_files_of_messages_are_read_and_left_alone(tmp_path: Path) -> None:
    one, many = tmp_path / "one.eml", tmp_path / "many.mbox"
    one.write_bytes(MESSAGES[0])
    many.write_bytes(
        b"From MAILER-DAEMON Thu Nov 26 09:00:00 2026\nSubject: 1\n\n>From here\n\n"
        b"From x Thu Nov 26 09:00:00 2026\nSubject: 2\n\nb\n"
    )
    (tmp_path / "empty").write_bytes(b"")

    assert [held.raw for held in open_mailbox(str(one), BounceSettings()).waiting()] == [
        MESSAGES[0]
    ]
    box = open_mailbox(f"mbox:{many}", BounceSettings())
    assert [held.raw for held in box.waiting()] == [
        b"Subject: 1\n\nFrom here\n\n",
        b"Subject: 2\n\nb\n",
    ]
    before = many.read_bytes()
    box.settle(["1"], ["2"])
    assert many.read_bytes() == before
    assert [held.raw for held in MessageFile(tmp_path / "empty").waiting()] == [b""]


def test_what_is_no_mailbox_is_told_with_its_place(tmp_path: Path) -> None:
    for source in (str(tmp_path), f"maildir:{tmp_path}", str(tmp_path / "none"), "mbox:/none"):
        with pytest.raises(ComposerError) as refused:
            open_mailbox(source, BounceSettings())
        assert refused.value.hint


def test_a_maildir_that_somebody_else_empties_is_no_trouble(tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / ".hidden").write_bytes(b"x")
    (tmp_path / "new" / "1:2,").write_bytes(b"x")
    box = Maildir.of(tmp_path)
    waiting = list(box.waiting())

    box.settle([waiting[0].id, "gone"], ["gone too"])

    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["1:2,S"]
