"""The page about the fleet, made from what was measured."""

from __future__ import annotations

from benchmarks import results

_HEAD = """\
# The fleet test

`make fleet` lets three workers, each a process with a site folder of its own, deliver one mailing
through a PostgreSQL server. At a fifth of it, one that has a share in hand is killed with SIGKILL,
and a fourth is started; at the half, PostgreSQL is restarted while they send. The receiving SMTP
server writes each reader's address to a file before it answers, and in the end that list is laid
beside the ledger: every reader must have the letter exactly once, or be listed as unknown. A short
form of it, with 4,000 readers, is part of `make test`.

Made from `benchmarks/results.json` by `make docs`.

| count | what |
|---:|---|
"""
_TAIL = """
Measured on {date}: {cores} cores ({processor}), {memory_gb} GB, Python {python}, {connections}
connections for each worker; everything, the receiving server too, on that one machine, which had
other work to do (load {load}). The speed says little; the zeros are the result.

How it is set up: [send with workers](../how-to/send-with-workers.md). Why it is built so:
[shares in a queue](../decisions/0006-shares-in-a-queue.md).
"""
_ROWS = (
    ("readers", "readers"),
    ("accepted", "accepted, and arrived once"),
    ("unknown", "unknown: in flight when the worker was killed, or when the server fell"),
    ("unknown_and_arrived", "of these, arrived"),
    ("more_than_once", "arrived more than once"),
    ("accepted_and_not_arrived", "accepted in the books and not arrived"),
    ("arrived_and_not_accounted_for", "arrived and neither accepted nor unknown"),
    ("neither", "neither accepted nor unknown"),
    ("goes_on_s", "seconds until the killed worker's share went on at another"),
    ("away_s", "seconds that PostgreSQL took to restart"),
    ("sending_again_s", "seconds from its stop until workers sent again"),
    ("whole_s", "seconds from the first message to the last"),
    ("per_s", "messages a second, all of that included"),
)


def fleet_page() -> str:
    """What becomes docs/reference/fleet.md."""
    found = results.load()["fleet"]
    rows = "".join(f"| {found[name]:,} | {what} |\n" for name, what in _ROWS)
    told = {name: found[name] for name in ("date", "connections", "load")}
    return _HEAD + rows + _TAIL.format(**told, **found["machine"])
