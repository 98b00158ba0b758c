"""Settings, database, disk and credentials: what can be seen from here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from composer.doctor.diagnosis import Diagnosis, error, good, warning
from composer.doctor.domains import organisation_of
from composer.doctor.patient import Patient
from composer.errors import ComposerError
from composer.sending.fleet import LATE_S

LOW_DISK_BYTES = 1_000_000_000
NO_DISK_BYTES = 100_000_000
#: RFC 2606 and RFC 6761: nobody can have mail there.
_RESERVED = ("example", "invalid", "test", "localhost")
_EXAMPLES = frozenset({"example.com", "example.net", "example.org"})


def settings(patient: Patient) -> Iterator[Diagnosis]:
    """What the law and every receiver want to see, and what a new site still has to change."""
    newsletter = patient.newsletter
    if not newsletter.postal_address:
        yield error(
            "site/postal-address",
            "there is no postal address: nothing is sent to real people without",
            '[newsletter] postal_address = "…"',
        )
    domain = patient.from_domain
    reserved = domain.rpartition(".")[2] in _RESERVED or organisation_of(domain) in _EXAMPLES
    if reserved:
        yield error(
            "site/example",
            f"{domain} is a domain for examples: no mail can come from it",
            "[newsletter] from, base_url and list_id name a domain of yours",
        )
    if patient.kinds == ("outbox",):
        yield warning(
            "site/outbox",
            "the provider is the outbox: messages become files, and nobody gets them",
            '[provider] kind = "smtp" or "sendgrid"',
        )


def database(patient: Patient) -> Iterator[Diagnosis]:
    if not patient.site.database_exists:
        yield warning("database/none", "there is no list yet", "newsletter subscribers import FILE")
        return
    try:
        trouble = patient.site.database.trouble()
    except ComposerError as problem:
        yield error("database/broken", problem.problem, problem.hint)
        return
    if trouble:
        yield error("database/broken", trouble, "restore it from a backup")
    else:
        yield good("database/good", "the database opens, is whole and can be written")


def queue(patient: Patient) -> Iterator[Diagnosis]:
    """Whether somebody is there to deliver what was handed to workers."""
    site = patient.site
    if not site.database_exists:
        return
    fleet = site.database.fleet
    waiting, there = fleet.to_deliver(), fleet.workers()
    late = [worker for worker in there if worker.seen_s > LATE_S]
    if waiting and not there:
        yield error(
            "queue/nobody",
            f"{len(waiting)} mailing(s) wait for workers, and none is there",
            "newsletter worker, on any host of this database",
        )
    elif late:
        named = ", ".join(f"{worker.host} (pid {worker.pid})" for worker in late)
        yield warning("queue/late", f"not heard of for a while: {named}", "look at that host")
    elif site.settings.workers.send and not there:
        yield warning(
            "queue/nobody",
            "newsletter send leaves the delivering to workers, and none is there",
            "newsletter worker, on any host of this database",
        )
    elif there:
        noun = "worker is" if len(there) == 1 else "workers are"
        yield good("queue/good", f"{len(there)} {noun} there")


def disk(patient: Patient) -> Iterator[Diagnosis]:
    folder = patient.site.state if patient.site.state.exists() else patient.site.folder
    free = shutil.disk_usage(folder).free
    told = f"{free / 1e9:,.1f} GB are free where the site keeps its state"
    if free < NO_DISK_BYTES:
        yield error("disk/full", told, "a mailing to many readers would stop half-way: make room")
    elif free < LOW_DISK_BYTES:
        yield warning("disk/low", told, "make room")
    else:
        yield good("disk/good", told)


def providers(patient: Patient) -> Iterator[Diagnosis]:
    """Ask each provider whether it would take our mail; nothing is sent."""
    for kind in patient.kinds:
        try:
            told = patient.site.try_provider(kind)
        except ComposerError as problem:
            yield error(f"provider/{kind}", problem.problem, problem.hint)
        else:
            yield good(f"provider/{kind}", told)
