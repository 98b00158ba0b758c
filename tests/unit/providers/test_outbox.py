"""The outbox: one whole file for each delivery, or none at all."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import StorageError
from composer.model.address import Address
from composer.providers.outbox import OutboxProvider, file_name
from tests.unit.providers.letters import AT, MESSAGE, batch, batch_of, delivery


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """A disk that is full, for all that a program can see."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_made_when_it_is_needed_and_is_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "site" / "outbox"
    provider = OutboxProvider(folder)
    assert not folder.exists()

    provider.deliver(batch("ana@example.org"))

    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_a_file_is_the_message_byte_for_byte_under_the_readers_name(tmp_path: Path) -> None:
    one = delivery(7, "ana@example.org", first_name="Ana")

    OutboxProvider(tmp_path).deliver(batch(one))

    assert names(tmp_path) == ["ana@example.org_d000007.eml"]
    content = (tmp_path / "ana@example.org_d000007.eml").read_bytes()
    assert content == b"".join(MESSAGE.chunks(one, AT))


def test_the_same_delivery_again_replaces_its_own_file(tmp_path: Path) -> None:
    provider = OutboxProvider(tmp_path)
    provider.deliver(batch(delivery(1, first_name="Ana"), delivery(2)))

    provider.deliver(batch(delivery(1, first_name="Anna")))

    assert len(names(tmp_path)) == 2
    assert b"strike for Anna\r\n" in (tmp_path / "reader1@example.org_d000001.eml").read_bytes()


def test_two_deliveries_to_one_address_are_two_files(tmp_path: Path) -> None:
    OutboxProvider(tmp_path).deliver(
        batch(delivery(1, "ana@example.org"), delivery(2, "ana@example.org"))
    )

    assert len(names(tmp_path)) == 2


def test_a_full_disk_is_told_before_anything_counts_as_accepted(tmp_path: Path) -> None:
    provider = OutboxProvider(tmp_path)
    large = delivery(2, first_name="Ana " * 20_000)

    with no_file_over(50_000), pytest.raises(StorageError) as caught:
        provider.deliver(batch(delivery(1), large, delivery(3)))

    assert "File too large" in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.hint
    assert names(tmp_path) == []
    assert len(provider.deliver(batch(delivery(1), large, delivery(3)))) == 3


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")

    with pytest.raises(StorageError, match="cannot be written"):
        OutboxProvider(tmp_path / "outbox").deliver(batch("ana@example.org"))


def test_what_a_killed_process_left_is_no_message_and_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".d000001.eml.partial").write_text("half a mess")

    OutboxProvider(tmp_path).deliver(batch_of(1))

    assert names(tmp_path) == ["reader1@example.org_d000001.eml"]


_LOCAL = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)
_ID = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)


@given(_LOCAL, st.text("abcdefghij.-", min_size=1, max_size=180), _ID)
def test_a_file_name_is_safe_whatever_the_address(local: str, domain: str, id_: str) -> None:
    base = delivery(1)
    recipient = replace(base.recipient, address=Address(local, domain))

    name = file_name(replace(base, id=id_, recipient=recipient))

    assert name.endswith(f"_{id_}.eml")
    assert name.count("_") == 1  # so different ids make different names
    assert len(name.encode()) <= 200
    assert not set(name) & set('/\\:*?"<>| \x00')
    assert not name.startswith((".", "-"))
