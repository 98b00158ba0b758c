"""Can it become known what became of the mail, and can others be told?"""

from __future__ import annotations

from collections.abc import Iterator

from composer.doctor.diagnosis import Diagnosis, error, good, warning
from composer.doctor.patient import Patient
from composer.errors import ConfigError
from composer.intake import sources
from composer.outgoing import hook_of

#: Providers that tell by webhook; of the others, mail comes back.
_TELLING = frozenset({"sendgrid"})


def news(patient: Patient) -> Iterator[Diagnosis]:
    """Keys of webhooks, the mailbox of bounces, and whom we tell."""
    settings = patient.site.settings
    try:
        known = sources(settings)
    except ConfigError as problem:
        yield error("news/key", problem.problem, problem.hint)
        known = {}
    for kind in patient.kinds:
        if kind in _TELLING and kind not in settings.webhooks.callers:
            yield warning(
                "news/webhook",
                f"{kind} is not asked what became of the mail: bounces and complaints stay unknown",
                f"[webhooks.{kind}], and its Event Webhook to "
                f"{patient.newsletter.base_url}/webhooks/{kind}",
            )
    for name in known:
        yield good("news/webhook", f"the webhook of {name} has its key")
    yield from _bounces(patient)
    yield from _outgoing(patient)


def _bounces(patient: Patient) -> Iterator[Diagnosis]:
    settings = patient.site.settings
    if variable := settings.unset.get("bounces"):
        yield error("news/bounces", f"the variable {variable} is not set", f"export {variable}=…")
    elif settings.bounces.source:
        yield good("news/bounces", "bounces are read from a mailbox: newsletter bounces")
    elif "smtp" in patient.kinds and "smtp" not in settings.webhooks.callers:
        yield warning(
            "news/bounces",
            "nobody reads the mail that comes back: dead addresses are mailed again",
            '[bounces] source = "maildir:…" or "imaps://…", and newsletter bounces from cron',
        )


def _outgoing(patient: Patient) -> Iterator[Diagnosis]:
    settings = patient.site.settings
    if variable := settings.unset.get("outgoing"):
        yield error("news/outgoing", f"the variable {variable} is not set", f"export {variable}=…")
    if settings.outgoing.hook:
        try:
            hook_of(patient.site)
        except ConfigError as problem:
            yield error("news/outgoing", problem.problem, problem.hint)
    if not settings.outgoing.channels or not patient.site.database_exists:
        return
    counts = patient.site.database.notices.counts()
    if counts["given up"]:
        yield warning(
            "news/outgoing",
            f"{counts['given up']:,} messages to [outgoing] were given up: "
            f"{patient.site.database.notices.last_trouble()}",
            "newsletter outgoing --retry",
        )
