"""The readers' side under load: one-click unsubscribes and counted links through a real server,
and a large archive.

`python -m benchmarks.bench_public`
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.results import keep
from composer.archive import build
from composer.archive.folder import write_archive
from composer.clicks import take_in_clicks
from composer.dispatch import Planned, utc_now
from composer.model.clicks import PATH, targets_of, tokens
from composer.model.mailing import Mailing
from composer.sending.choice import Course
from composer.site import Site
from tests.servers.public import serving

READERS = 6_000
#: Mail providers press the button from a few connections, which they keep open.
CONNECTIONS = 8
ISSUES = 1_000
LINKS = 20
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BODY = b"List-Unsubscribe=One-Click"
TOML = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
postal_address = "12 Quay Street, Port Example"
"""
PARAGRAPH = (
    "Crane crews at the Lindö and Varsund terminals stopped loading for nine hours on Tuesday; "
    "talks resume next week, and nobody expects them to be short. "
)


def readers(site: Site, count: int) -> list[str]:
    """The tokens of that many new readers."""
    path = site.folder / "readers.csv"
    path.write_text("email\n" + "".join(f"reader{n}@example.net\n" for n in range(count)))
    from composer.audience.csv_file import SubscriberFile

    file = SubscriberFile(path, site.settings.fields)
    site.database.subscribers.import_file(file, lambda _: None, lambda _: None)
    file.close()
    return [entry.token for entry in site.database.subscribers.matching()]


async def press(host: str, port: int, tokens: list[str], took_ms: list[float]) -> None:
    """Leave by each token, one after the other, on one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    for token in tokens:
        began = time.perf_counter()
        writer.write(
            f"POST /u/{token} HTTP/1.1\r\nHost: news.example.org\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n".encode()
            + BODY
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        took_ms.append((time.perf_counter() - began) * 1000)
    writer.close()


async def leave(address: str, tokens: list[str]) -> tuple[float, list[float]]:
    """Seconds for all, and milliseconds for each."""
    host, _, port = address.removeprefix("http://").partition(":")
    took_ms: list[float] = []
    shares = [tokens[n::CONNECTIONS] for n in range(CONNECTIONS)]
    began = time.perf_counter()
    await asyncio.gather(*(press(host, int(port), share, took_ms) for share in shares))
    return time.perf_counter() - began, took_ms


def one_click(folder: Path) -> dict[str, object]:
    """Everybody on a list leaves, and once more; then strangers try."""
    folder.mkdir()
    (folder / "newsletter.toml").write_text(TOML)
    site = Site.find(folder, {})
    tokens = readers(site, READERS)
    found: dict[str, object] = {}
    kinds = {
        "first": tokens,
        "again": tokens,
        "nobody": [secrets.token_urlsafe(18) for _ in tokens],
    }
    with serving(folder) as server:
        asyncio.run(leave(server.address, ["warm"] * 200))
        for kind, chosen in kinds.items():
            seconds, took_ms = asyncio.run(leave(server.address, chosen))
            cuts = statistics.quantiles(took_ms, n=100)
            found[kind] = {
                "per_second": round(len(chosen) / seconds),
                "p50_ms": round(cuts[49], 1),
                "p99_ms": round(cuts[98], 1),
                "most_ms": round(max(took_ms), 1),
            }
            print(f"one-click, {kind}: {found[kind]}")
    gone = site.database.subscribers.count(site.rules["everyone"]).suppressed
    assert gone == READERS, f"{gone} of {READERS} are out"
    return found


async def visit(host: str, port: int, paths: list[str], took_ms: list[float]) -> None:
    """Follow each link as far as its redirect, one after the other, on one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    for path in paths:
        began = time.perf_counter()
        request = f"GET {path} HTTP/1.1\r\nHost: news.example.org\r\nUser-Agent: {BROWSER}\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 302"), head
        took_ms.append((time.perf_counter() - began) * 1000)
    writer.close()


async def follow(address: str, paths: list[str]) -> tuple[float, list[float]]:
    """Seconds for all, and milliseconds for each."""
    host, _, port = address.removeprefix("http://").partition(":")
    took_ms: list[float] = []
    shares = [paths[n::CONNECTIONS] for n in range(CONNECTIONS)]
    began = time.perf_counter()
    await asyncio.gather(*(visit(host, int(port), share, took_ms) for share in shares))
    return time.perf_counter() - began, took_ms


def counted_letter(folder: Path) -> tuple[Site, Mailing, list[str]]:
    """A letter to everybody with counted links, and a link or two of each reader's."""
    folder.mkdir()
    (folder / "newsletter.toml").write_text(TOML)
    issue = folder / "issues" / "2026-014"
    issue.mkdir(parents=True)
    links = "\n\n".join(f"[Brief {n}](https://harbour.example/{n})" for n in range(LINKS))
    front = "title: No. 14\nnumber: 14\ndate: 2026-11-20\nauthors: [Mira Okafor]\n"
    (issue / "issue.md").write_text(f"---\n{front}---\n\nDear reader,\n\n## Briefs\n\n{links}\n")
    site = Site.find(folder, {})
    readers(site, READERS)
    course = Course(count_clicks=True)
    mailing = Planned.of(site, site.read("2026-014"), "everyone", course=course).freeze(site)
    ledger, identity = site.database.ledger, site.database.store.identity
    (edition,) = ledger.editions(mailing.id).values()
    names = list(targets_of(edition))
    paths = []
    for turn, line in enumerate(ledger.every_line(mailing.id)):
        number = identity.delivery_number(line.delivery_id)
        assert number is not None
        chosen = [names[turn % len(names)], names[turn * 7 % len(names)]]
        made = tokens(line.delivery_id, identity.seal(number), dict.fromkeys(chosen))
        paths += [f"{PATH}{token}" for token in made]
    return site, mailing, paths


def clicks(folder: Path) -> dict[str, object]:
    """Every reader follows a link or two of one letter; then all of it is in the books."""
    site, mailing, paths = counted_letter(folder)
    with serving(folder) as server:
        asyncio.run(follow(server.address, paths[:200]))
        seconds, took_ms = asyncio.run(follow(server.address, paths[200:]))
        began = time.perf_counter()
        take_in_clicks(site, now=utc_now())
        booked = time.perf_counter() - began
        server.stop()
    take_in_clicks(site, now=utc_now())
    told = site.database.figures.figures(mailing, site.database.ledger.books(mailing.id)).clicks
    assert sum(c.people + c.machines for c in told) == len(paths), "some clicks are missing"
    cuts = statistics.quantiles(took_ms, n=100)
    found: dict[str, object] = {
        "per_second": round(len(took_ms) / seconds),
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "most_ms": round(max(took_ms), 1),
        "clicks": len(paths),
        "last_taken_in_s": round(booked, 2),
    }
    print(f"clicks: {found}")
    return found


def archive(folder: Path) -> dict[str, object]:
    """A thousand issues of six sections, read, built and written."""
    folder.mkdir()
    (folder / "newsletter.toml").write_text(TOML)
    for n in range(ISSUES):
        day = date.fromordinal(date(2007, 1, 1).toordinal() + 7 * n)
        issue = folder / "issues" / f"{day.year}-{n:04}"
        issue.mkdir(parents=True)
        sections = "\n\n".join(
            f"## Section {s} of issue {n}\n\n{PARAGRAPH * 4}\n\n{PARAGRAPH * 3}"
            f"(*The Quay Gazette*, {day:%B} {day.day}, {day.year})"
            for s in range(6)
        )
        front = f"title: Harbour Watch No. {n}\nnumber: {n}\ndate: {day}\n"
        front += "authors: [Mira Okafor, Jonas Lind]\ncategories: [Ports and Shipping, Energy]\n"
        (issue / "issue.md").write_text(f"---\n{front}---\n\nDear reader,\n\n{sections}\n")
    site = Site.find(folder, {})
    began = time.perf_counter()
    issues = [site.read(path.parent.name) for path in site.issue_paths()]
    read = time.perf_counter() - began
    made = build(issues, site.settings.newsletter, until=date(2030, 1, 1))
    built = time.perf_counter() - began
    write_archive(made, folder / "public")
    seconds = time.perf_counter() - began
    assert made.issues == ISSUES
    size = sum(map(len, made.files.values()))
    found: dict[str, object] = {
        "issues": ISSUES,
        "seconds": round(seconds, 1),
        "read_s": round(read, 1),
        "build_s": round(built - read, 1),
        "files": len(made.files),
        "megabytes": round(size / 1e6, 1),
        "search_megabytes": round(len(made.files["archive/search.json"]) / 1e6, 2),
    }
    print(f"archive: {found}")
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        measured = {
            "one_click": one_click(Path(place) / "site"),
            "clicks": clicks(Path(place) / "clicks"),
            "archive": archive(Path(place) / "archive"),
        }
    keep("public", measured)
