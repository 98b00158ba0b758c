"""What was measured, for people: a page, pictures and the README's table of results.json."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import load
from scripts.bars import Bar, bars
from scripts.readers_page import readers_aims, readers_tables
from scripts.tables import table as _table
from scripts.tables import verdict as _verdict

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).with_name("how_fast.template.md")
PAGE = ROOT / "docs" / "explanation" / "how-fast.md"
PICTURES = ROOT / "docs" / "pictures"
MARK, END = "<!-- speed -->", "<!-- end of speed -->"

Results = Mapping[str, Any]
SECTIONS = (
    *("smtp", "others", "far", "send", "shared", "shared_postgres", "memory", "sendgrid"),
    "dkim",
)
READERS = ("webhooks", "public", "report")
_SHARED = ("shared", "shared_postgres")
OURS = ("unsigned", "ed25519", "rsa")
SHOWN = {
    "source": "smtp-source -d",
    "filling": "its own filling",
    "unsigned": "ours, unsigned",
    "ed25519": "ours, Ed25519",
    "rsa": "ours, RSA-2048",
    "ours": "ours",
    "script": "EmailMessage + smtplib",
    "mailmerge": "mailmerge",
    "theirs": "the SDK's helpers and client",
}
#: what is asked, the least, and where the figure is
AIMS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    *(
        (f"{SHOWN[kind]}, of `smtp-source -d`, {n} sessions", aim, ("smtp", n, "of_source", kind))
        for n in ("4", "8", "16")
        for kind, aim in zip(OURS, (0.9, 0.9, 0.5), strict=True)
    ),
    ("ours, of mailmerge", 20.0, ("others", "of_mailmerge")),
    ("50 ms away over 32 connections, of what arithmetic allows", 0.8, ("far", "share")),
    ("delivering, of the bare splice, for a core's time", 0.35, ("send", "share_of_splice")),
    ("two processes, of one", 1.7, ("shared", "two_to_one")),
    ("SendGrid bodies, of the SDK's helpers and client", 5.0, ("sendgrid", "ratio")),
)


def unmeasured(results: Results) -> list[str]:
    """What `make bench` has not found out yet; without it there is no page."""
    return [name for name in (*SECTIONS, *READERS, "message") if name not in results]


def speed_page(results: Results) -> str:
    """The whole page; every section must have been measured once."""
    found = {name: results[name] for name in (*SECTIONS, *READERS)}
    sessions = _sessions(found["smtp"])
    return TEMPLATE.read_text(encoding="utf-8").format(
        **found,
        **{f"{name}_where": _where(part) for name, part in found.items()},
        aims=_aims(found),
        sink_us=found["smtp"][sessions[0]]["cpu_us"]["sink"]["median"],
        filling_us=found["smtp"][sessions[0]]["cpu_us"]["sink_filling"]["median"],
        filling_table=_filling_table(found["smtp"]),
        allowed=_allowed(found["smtp"]["4"]["cpu_us"]),
        smtp_table=_smtp_table(found["smtp"]),
        others_table=_rates(found["others"], ("ours", "script", "mailmerge")),
        send_table=_send_table(found["send"]),
        shared_table=_table(
            ("", "on a file", "on PostgreSQL"),
            [
                (text, *(f"{found[at]['per_s'][name]['median']:,.0f}/s" for at in _SHARED))
                for name, text in (("one", "one process"), ("two", "two processes"))
            ],
        ),
        memory_table=_memory_table(found["memory"]),
        sendgrid_table=_rates(found["sendgrid"], ("ours", "theirs"), "readers"),
        **readers_tables(found),
        dkim_table=_table(
            ("", "messages"),
            [(name, f"{speed:,}/s") for name, speed in found["dkim"]["per_s"].items()],
        ),
    )


def _aims(results: Results) -> str:
    rows = []
    for what, least, path in AIMS:
        found: Any = results
        for step in path:
            found = found[step]
        spread = f"{found['median']:g} ({found['least']:g} to {found['most']:g})"
        rows.append((what, f"≥ {least:g}", spread, _verdict(reached=found["median"] >= least)))
    memory = results["memory"]
    peak = max(entry["peak_mb"] for entry in memory["peaks"].values())
    most = max(map(int, memory["peaks"]))
    rows.append(("a sender's memory", "< 80 MB", f"{peak:g} MB", _verdict(reached=peak < 80)))
    growth = memory["growth"]
    what = f"its growth from 1,000 to {most:,} recipients"
    rows.append((what, "< 10 %", f"{growth:.1%}", _verdict(reached=growth < 0.1)))
    return _table(("", "aim", "measured", ""), [*rows, *readers_aims(results)])


def _where(found: Results) -> str:
    machine = found["machine"]
    return (
        f"*{found['date']} · {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB · Python {machine['python']}, SQLite {machine['sqlite']} · "
        f"load {found['load']:g}*"
    )


def _sessions(found: Results) -> list[str]:
    return sorted((name for name in found if name.isdigit()), key=int)


def _smtp_table(found: Results) -> str:
    rows = []
    for sessions in _sessions(found):
        one = found[sessions]
        cells = [sessions, f"{one['per_s']['source']['median']:,.0f}/s"]
        for name in OURS:
            ratio, cpu = one["of_source"][name]["median"], one["cpu_us"][name]["median"]
            cells.append(f"{one['per_s'][name]['median']:,.0f}/s, × {ratio:g}, {cpu:,.0f} µs")
        rows.append(cells)
    return _table(("sessions", *(SHOWN[name] for name in ("source", *OURS))), rows)


def _filling_table(found: Results) -> str:
    """Our shares of what postfix's source does with lines of its own."""
    rows = []
    for sessions in _sessions(found):
        one = found[sessions]
        ratios = [f"× {one['of_filling'][name]['median']:g}" for name in OURS]
        rows.append([sessions, f"{one['per_s']['filling']['median']:,.0f}/s", *ratios])
    return _table(("sessions", *(SHOWN[name] for name in ("filling", *OURS))), rows)


def _allowed(cpu_us: Results) -> str:
    """What two cores could do of the sink's own speed: it has one thread, and we share the rest."""
    sink = cpu_us["sink"]["median"]
    shares = (
        f"{min(1.0, 2 * sink / (sink + cpu_us[name]['median'])):.0%} ({SHOWN[name]})"
        for name in OURS
    )
    return ", ".join(shares)


def _rates(found: Results, names: Sequence[str], what: str = "messages") -> str:
    rows = [(SHOWN[name], f"{found['per_s'][name]['median']:,.0f}/s") for name in names]
    return _table(("", what), rows)


def _send_table(found: Results) -> str:
    per_s, per_cpu = found["per_s"], found["per_cpu_s"]
    shown = {
        "splice": "the bare splice",
        "deliver": "deliver, ledger synced to disk",
    }
    rows = [
        (
            text,
            f"{per_s[name]['median']:,.0f}/s",
            f"{per_cpu[name]['median']:,.0f}",
        )
        for name, text in shown.items()
    ]
    return _table(("", "by the clock", "in a second of processor time"), rows)


def _by_readers(found: Results) -> list[tuple[int, Any]]:
    return sorted((int(readers), entry) for readers, entry in found["peaks"].items())


def _memory_table(found: Results) -> str:
    rows = [
        (f"{readers:,}", f"{entry['peak_mb']:g} MB", f"{entry['per_s']:,}/s")
        for readers, entry in _by_readers(found)
    ]
    return _table(("recipients", "peak", "messages"), rows)


def readme_table(results: Results) -> str:
    """The README's rows, between its marks."""
    per = results["message"]["per_cpu_s"]
    ratios = {name: results["smtp"]["4"]["of_source"][name]["median"] for name in OURS}
    others, far = results["others"], results["far"]
    (_, least), *_, (readers, most) = _by_readers(results["memory"])
    rows = [
        (
            "one reader's message of 71 kB, 24 personal fields: filled, encoded, headers read back",
            (
                f"{per['joined']:,} a second on one core, "
                f"{per['joined'] / per['library']:.0f} × `EmailMessage`"
            ),
        ),
        (
            "such messages through SMTP over 4 connections, ledger synced to disk",
            (
                f"{ratios['unsigned']:g} × postfix's `smtp-source -d` with the same letter; signed "
                f"with Ed25519 {ratios['ed25519']:g} ×, with RSA {ratios['rsa']:g} ×"
            ),
        ),
        (
            "the same beside others",
            (
                f"{others['of_script']['median']:.0f} × a script with `EmailMessage` and "
                f"`smtplib`, {others['of_mailmerge']['median']:.0f} × mailmerge"
            ),
        ),
        (
            f"a server {far['round_trip_ms']:.0f} ms away, {far['connections']} connections",
            f"{far['share']['median']:.0%} of what arithmetic allows",
        ),
        (
            f"memory of a sender from 1,000 to {readers:,} recipients",
            f"{least['peak_mb']:.0f} → {most['peak_mb']:.0f} MB",
        ),
    ]
    return "\n".join((MARK, _table(("what", "measured"), rows), END))


def pictures(results: Results) -> dict[str, str]:
    """File names and SVG texts."""
    smtp, others = results["smtp"], results["others"]
    by_sessions = {
        f"{sessions} sessions": [
            Bar(SHOWN[name], smtp[sessions]["per_s"][name]["median"]) for name in ("source", *OURS)
        ]
        for sessions in _sessions(smtp)
    }
    beside = [
        Bar(SHOWN[name], others["per_s"][name]["median"])
        for name in ("ours", "script", "mailmerge")
    ]
    peaks = [
        Bar(f"{readers:,}", entry["peak_mb"]) for readers, entry in _by_readers(results["memory"])
    ]
    return {
        "speed-smtp.svg": bars("Messages of 71 kB a second", by_sessions),
        "speed-others.svg": bars("Messages of 71 kB a second", {"": beside}),
        "speed-memory.svg": bars("Peak memory in MB, by recipients", {"": peaks}),
    }


def with_table(readme: str, results: Results) -> str:
    head, _, rest = readme.partition(MARK)
    _, _, tail = rest.partition(END)
    return f"{head}{readme_table(results)}{tail}"


def write() -> None:
    results = load()
    if missing := unmeasured(results):
        sys.stderr.write(f"no page of speed: run make bench for {', '.join(missing)}\n")
        return
    PAGE.write_text(speed_page(results), encoding="utf-8")
    for name, text in pictures(results).items():
        (PICTURES / name).write_text(text, encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8"), results), encoding="utf-8")
