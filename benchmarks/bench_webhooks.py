"""Events that a provider tells through webhooks: taken in, and applied.

`newsletter serve` (uvicorn, SQLite) is called by four connections at once with signed batches of
1,000 events of one mailing, as SendGrid sends them. The first call of each connection is not
measured: a server that has just begun still reads its modules.

    python -m benchmarks.bench_webhooks [--batches N] [--rounds N]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import results
from composer.events.webhooks.sendgrid import SIGNATURE, TIMESTAMP
from composer.sending.provider import Answer
from composer.site import Site
from composer.storage.arrivals import State
from tests.contract.ledgers import Desk
from tests.unit.events.signing import call, sendgrid_public
from tests.unit.public.sites import TOML

BATCH = 1_000
CONNECTIONS = 4
AIM_PER_S = 5_000
KEY = {"SENDGRID_WEBHOOK_KEY": sendgrid_public()}

Call = tuple[bytes, dict[str, str]]


def site_with(folder: Path, readers: int) -> list[str]:
    """A mailing that was accepted to all; the ids of its deliveries."""
    (folder / "newsletter.toml").write_text(
        TOML + '[webhooks.sendgrid]\nkey = { env = "SENDGRID_WEBHOOK_KEY" }\n'
    )
    desk = Desk.of(folder, readers)
    mailing = desk.mail()
    desk.send(mailing, Answer.ACCEPTED, limit=500)
    return [line.delivery_id for line in desk.ledger.every_line(mailing.id) if line.attempts]


def calls(ids: list[str], batches: int, now_s: int) -> list[Call]:
    """Deliveries are processed or delivered, and one in fifty comes back."""
    made = []
    for batch in range(batches):
        rows = []
        for n in range(BATCH):
            delivery = ids[(batch * BATCH + n) * 7 % len(ids)]
            bounced = n % 50 == 0
            rows.append(
                {
                    "email": f"reader{n}@example.org",
                    "timestamp": now_s - 60 + batch % 50,
                    "smtp-id": f"<{delivery}@news.example.org>",
                    "event": "bounce" if bounced else ("delivered", "processed")[n % 2],
                    "delivery": delivery,
                    "sg_event_id": f"ZGVsaXZlcmVkLTAtMTA5NDkxOTEtTFJ6WGxf{batch:06}{n:06}",
                    "sg_message_id": f"LRzXl_NHStOGhQ4kofSm_A.filter{batch:04}.{n - n % 10:06}.0",
                    "status": "5.2.2" if bounced else "",
                    "reason": "552 5.2.2 full" if bounced else "250 2.0.0 OK",
                }
            )
        post = call("sendgrid", rows, at_s=now_s)
        proof = {SIGNATURE: post.headers[SIGNATURE.lower()]}
        made.append((post.body, proof | {TIMESTAMP: post.headers[TIMESTAMP.lower()]}))
    return made


def round_of(folder: Path, told: list[Call]) -> dict[str, float]:
    """Events a second until the last was answered, and until the last was applied."""
    serve = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "composer", "-C", str(folder), "-q", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **KEY},
    )
    assert serve.stdout is not None
    port = int(serve.stdout.readline().rstrip("/\n").rpartition(":")[2])
    try:
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            first, rest = told[:CONNECTIONS], told[CONNECTIONS:]
            list(threads.map(lambda call: _post(port, [call]), first))
            shares = [rest[n::CONNECTIONS] for n in range(CONNECTIONS)]
            began = time.monotonic()
            waits = [
                wait for waits in threads.map(lambda s: _post(port, s), shares) for wait in waits
            ]
            answered = time.monotonic()
        arrivals = Site.find(folder, {**os.environ, **KEY}).database.arrivals
        while arrivals.counts()[State.WAITING]:
            time.sleep(0.05)
        applied = time.monotonic()
        assert arrivals.counts()[State.APPLIED] == len(told)
    finally:
        serve.terminate()
        serve.wait(timeout=60)
        serve.stdout.close()
    return {
        "taken_per_s": len(rest) * BATCH / (answered - began),
        "applied_per_s": len(told) * BATCH / (applied - began),
        "answer_ms": statistics.median(waits) * 1e3,
        "answer_p99_ms": statistics.quantiles(waits, n=100)[98] * 1e3,
    }


def _post(port: int, told: list[Call]) -> list[float]:
    """How long each call waited for its answer, in seconds."""
    waits = []
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body, proof in told:
        began = time.monotonic()
        line.request("POST", "/webhooks/sendgrid", body, proof)
        answer = line.getresponse()
        assert answer.read() == b"new\n", answer.status
        waits.append(time.monotonic() - began)
    line.close()
    return waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds = []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            ids = site_with(Path(name), 20_000)
            now_s = int(datetime.now(UTC).timestamp()) + number
            rounds.append(round_of(Path(name), calls(ids, options.batches, now_s)))
            print(json.dumps({key: round(value, 1) for key, value in rounds[-1].items()}))
    found = {key: results.spread([one[key] for one in rounds]) for key in rounds[0]}
    results.keep("webhooks", {"batches": options.batches, "batch": BATCH, **found})
    print(f"taken in: {found['taken_per_s']['median']:,.0f} events/s (aim {AIM_PER_S:,})")
    print(f"applied:  {found['applied_per_s']['median']:,.0f} events/s")


if __name__ == "__main__":
    main()
