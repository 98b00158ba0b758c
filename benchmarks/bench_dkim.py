"""Signatures a second on one core: of whole messages, body hash and all, beside dkimpy's."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import dkim  # type: ignore[import-untyped] # it has no types

from benchmarks import results
from benchmarks.bench_message import AT, LETTERHEAD, letter, readers
from composer.model.settings import DkimKey, DkimSettings
from composer.providers.smtp.dkim_keys import make_key, open_signer
from composer.providers.smtp.signer import SIGNED
from composer.sending.message import Message

DOMAIN = "news.example.org"
ROUNDS = 5


def rate(sign: Callable[[list[bytes]], object], messages: list[list[bytes]]) -> float:
    rates = []
    for _ in range(ROUNDS):
        start_s = time.perf_counter()
        for message in messages:
            sign(message)
        rates.append(len(messages) / (time.perf_counter() - start_s))
    return statistics.median(rates)


def main() -> None:
    message = Message.compile(letter(), LETTERHEAD)
    messages = [message.chunks(one, AT) for one in readers(500)]
    print(f"messages of {len(b''.join(messages[0])):,} bytes")
    with tempfile.TemporaryDirectory() as name:
        keys = {}
        for kind in ("rsa", "ed25519"):
            make_key(kind, Path(name) / kind)
            keys[kind] = DkimKey(kind, str(Path(name) / kind))
        per_s = {}
        for kinds in (["rsa"], ["ed25519"], ["rsa", "ed25519"]):
            signer = open_signer(DkimSettings(DOMAIN, tuple(keys[kind] for kind in kinds)))
            speed = rate(partial(signer.signatures, at=AT), messages)
            per_s[" and ".join(kinds)] = round(speed)
            print(f"{' and '.join(kinds):<16} {speed:>7,.0f}/s {1e6 / speed:>6,.0f} µs")
        pem = (Path(name) / "rsa").read_bytes()
        names = [header.encode() for header in SIGNED]
        whole = [[b"".join(chunks)] for chunks in messages[:20]]

        def by_dkimpy(one: list[bytes]) -> None:
            dkim.sign(
                one[0],
                b"rsa",
                DOMAIN.encode(),
                pem,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=names,
            )

        speed = rate(by_dkimpy, whole)
        per_s["rsa by dkimpy"] = round(speed)
        print(f"rsa by dkimpy    {speed:>7,.0f}/s {1e6 / speed:>6,.0f} µs")
        results.keep("dkim", {"per_s": per_s})


if __name__ == "__main__":
    main()
