"""Sending through SMTP, ledger and all, beside what others send with, in turns.

71 kB messages into postfix's `smtp-sink`: ours unsigned and signed, by sessions, beside postfix's
own `smtp-source -d`, which sends one of our letters again and again, and, in other runs, lines of
its own filling: the sink looks at every byte, so it matters which. Then a script with EmailMessage
and smtplib, and mailmerge from PyPI. Then far away, behind a proxy that makes a round trip take
50 ms.

    python -m benchmarks.bench_smtp [--rounds N] [--readers N] [--only near|others|far]
"""

from __future__ import annotations

import argparse
import json
import smtplib
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from benchmarks import peers, results
from benchmarks.bench_message import LETTERHEAD, letter, readers, with_the_library
from benchmarks.bench_send import sender
from benchmarks.mailings import copied, frozen
from composer.model.edition import Parts
from composer.providers.smtp.dkim_keys import make_key
from composer.sending.message import Message
from tests.servers.process import running

SESSIONS = (4, 8, 16)
OURS = ("unsigned", "ed25519", "rsa")
SIZE = 70_679  #: bytes of filling that make a message as long as ours
SAME = "letter.eml"
#: In every so many rounds all take part; in the others these do not.
EVERY, SELDOM = 3, ("rsa", "filling")
READERS = 24_000  #: ten seconds, of which to begin and to end takes ours one hundredth
OTHERS = 6_000  #: readers that ours sends to, beside those who send much slower
ROUND_TRIP_S = 0.05
FAR_CONNECTIONS = 32
AIMS = {"unsigned": 0.9, "ed25519": 0.9, "rsa": 0.5, "mailmerge": 20.0, "far": 0.8}


def near(readers_: int, rounds: int) -> dict[str, object]:
    """By sessions: messages a second, our processor time, and our share of postfix's speed."""
    found: dict[str, object] = {"readers": readers_}
    with frozen("large", readers_) as mailing, tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        for kind in ("rsa", "ed25519"):
            make_key(kind, desk / kind)
        (desk / SAME).write_bytes(one_letter().replace(b"\r\n", b"\n"))
        for sessions in SESSIONS:
            found[str(sessions)] = _near(mailing, desk, sessions, readers_, rounds)
            print(sessions, json.dumps(found[str(sessions)], indent=1), flush=True)
    return found


def one_letter() -> bytes:
    """Of those that ours sends, unsigned: nobody is given less to send than we are."""
    (delivery,) = readers(1)
    return b"".join(Message.compile(letter(), LETTERHEAD).chunks(delivery, datetime.now(UTC)))


def _near(mailing: Path, desk: Path, sessions: int, count: int, rounds: int) -> dict[str, object]:
    """`desk` holds the keys, by kind, and the letter that postfix's source sends.

    The machine is quicker in one minute than in the next, by more than what is to be found out.
    So postfix's source runs before and after each of ours, which is held against their mean.
    """
    sources: list[float] = []
    per_s: dict[str, dict[int, float]] = {name: {} for name in (*OURS, "filling")}  #: by round
    of_source: dict[str, list[float]] = {name: [] for name in OURS}
    cpu_us: dict[str, list[float]] = {name: [] for name in (*OURS, "sink", "sink_filling")}

    def one(name: str) -> float:
        """Messages a second."""
        with peers.smtp_sink() as sink, copied(mailing) as folder:
            if name in OURS:
                key = [] if name == "unsigned" else ["--key", str(desk / name)]
                options = ["--smtp", str(sink.port), "--connections", str(sessions), *key]
                told = sender(folder, options)
                speed = told["count"] / told["wall_s"]
                cpu_us[name].append(told["cpu_s"] / told["count"] * 1e6)
            else:
                message = SIZE if name == "filling" else desk / SAME
                speed = peers.smtp_source(sink.port, sessions, count, message)
        at = "sink_filling" if name == "filling" else "sink"
        cpu_us[at].append(sink.cpu_s / count * 1e6)
        return speed

    sources.append(one("source"))
    for turn, name in enumerate(results.turns([*OURS, "filling"], rounds)):
        number = turn // len(per_s)
        if name in SELDOM and number % EVERY:
            continue
        per_s[name][number] = one(name)
        if name in OURS:
            sources.append(one("source"))
            of_source[name].append(per_s[name][number] / statistics.mean(sources[-2:]))
    speeds = {"source": sources, **{name: [*found.values()] for name, found in per_s.items()}}
    return {
        "per_s": {name: results.spread(values) for name, values in speeds.items()},
        "cpu_us": {name: results.spread(values) for name, values in cpu_us.items()},
        "of_source": {name: results.spread(ratios) for name, ratios in of_source.items()},
        "of_filling": {
            name: results.spread([per_s[name][n] / speed for n, speed in per_s["filling"].items()])
            for name in OURS
        },
    }


def others(readers_: int, rounds: int) -> dict[str, object]:
    """A script and mailmerge over one connection, ours over four, into the same kind of sink."""
    per_s: dict[str, list[float]] = {"ours": [], "script": [], "mailmerge": []}
    few = max(300, readers_ // 20)
    with frozen("large", readers_) as mailing:
        for name in results.turns(list(per_s), rounds):
            with peers.smtp_sink() as sink, copied(mailing) as folder:
                if name == "ours":
                    told = sender(folder, ["--smtp", str(sink.port)])
                    per_s[name].append(told["count"] / told["wall_s"])
                elif name == "script":
                    per_s[name].append(script(sink.port, few))
                else:
                    per_s[name].append(merged(folder, sink.port, few))
    found = {
        "readers": readers_,
        "readers_of_others": few,
        "per_s": {name: results.spread(values) for name, values in per_s.items()},
        "of_script": results.ratios(per_s["ours"], per_s["script"]),
        "of_mailmerge": results.ratios(per_s["ours"], per_s["mailmerge"]),
    }
    print(json.dumps(found, indent=1), flush=True)
    return found


def script(port: int, count: int) -> float:
    """What one would write oneself: EmailMessage for every reader, and smtplib."""
    edition = letter()
    message = Message.compile(edition, LETTERHEAD)
    deliveries = readers(count)
    start_s = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for delivery in deliveries:
            wire = with_the_library(edition, message, delivery)
            smtp.sendmail("bounces@news.example.org", str(delivery.recipient.address), wire)
    return count / (time.perf_counter() - start_s)


def merged(folder: Path, port: int, count: int) -> float:
    """The same letter as mailmerge's template, with the same values in it.

    In plain ASCII and short lines, since mailmerge sends nothing else in several parts.
    """
    edition = letter()
    template = EmailMessage(policy=SMTP)
    template["To"] = "{{email}}"
    template["From"] = "Harbour Watch <desk@news.example.org>"
    template["Subject"] = "Harbour Watch 14, for {{first_name}}"
    template.set_content(_jinja(edition.text), cte="7bit")
    template.add_alternative(_jinja(edition.html), subtype="html", cte="7bit")
    columns = ("email", "first_name", "last_name", "organisation", "city", "unsubscribe_url")
    values = ("Ana", "Lind", "Port Authority", "Varsund")
    rows = [
        (
            f"reader{n}@mail{n % 400}.example.org",
            *values,
            f"https://news.example.org/u/{n:020d}",
        )
        for n in range(count)
    ]
    return peers.run_mailmerge(folder, port, template.as_bytes(), [columns, *rows])


def _jinja(parts: Parts) -> str:
    names = (
        part if isinstance(part, str) else f"{{{{{part.name.removeprefix('subscriber.')}}}}}"
        for part in parts
    )
    text = "".join(names).replace("—", "-").replace("’", "'")
    return text.replace("</td>", "</td>\n")


def far(rounds: int) -> dict[str, object]:
    """Messages in a round trip of 50 ms, of the one for each connection that arithmetic allows."""
    shares = []
    readers_ = 500 * FAR_CONNECTIONS  # the last groups are of uneven length: not to be the measure
    with ExitStack() as servers:
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
        sink = servers.enter_context(running("tests.servers.counting_sink", folder, "")).port
        options = ["--to", str(sink), "--round-trip", str(ROUND_TRIP_S)]
        port = servers.enter_context(
            running("tests.servers.delaying_proxy", folder, "", options)
        ).port
        mailing = servers.enter_context(frozen("small", readers_))
        trips = []
        for _ in range(rounds):
            trips.append(round_trip_s(port))
            with copied(mailing) as site:
                told = sender(site, ["--smtp", str(port), "--connections", str(FAR_CONNECTIONS)])
            per_s = told["count"] / told["wall_s"]
            shares.append(per_s * trips[-1] / FAR_CONNECTIONS)
    found = {
        "connections": FAR_CONNECTIONS,
        "round_trip_ms": round(statistics.median(trips) * 1000, 1),
        "share": results.spread(shares),
        "readers": readers_,
    }
    print(json.dumps(found, indent=1), flush=True)
    return found


def round_trip_s(port: int) -> float:
    """As it is, with nothing else on the way."""
    times = []
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.ehlo()
        for _ in range(20):
            start_s = time.perf_counter()
            smtp.noop()
            times.append(time.perf_counter() - start_s)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description="Sending through SMTP.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--only", choices=["near", "others", "far"])
    options = parser.parse_args()
    if options.only in (None, "far"):
        results.keep("far", far(options.rounds))
    if not peers.postfix_tools():
        print("smtp-sink and smtp-source are missing (Debian: apt install postfix)")
        return
    if options.only in (None, "near"):
        results.keep("smtp", near(options.readers, options.rounds))
    if options.only in (None, "others"):
        try:
            peers.mailmerge()
        except subprocess.CalledProcessError:
            print("mailmerge cannot be installed from PyPI: nothing to compare with")
            return
        results.keep("others", others(min(options.readers, OTHERS), options.rounds))
    print(f"aims: {AIMS}")


if __name__ == "__main__":
    main()
