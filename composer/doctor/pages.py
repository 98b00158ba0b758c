"""Do the readers' pages answer where every letter says they are?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from composer.doctor.diagnosis import Diagnosis, error, good, unknown, warning
from composer.doctor.names import Silent
from composer.doctor.patient import Patient
from composer.http_client import Answer, Untrusted
from composer.model.clicks import PATH
from composer.rendering.counting import redirect_target

EXPIRY_DAYS = 14
SKEW_S = 120
#: Nobody has it: the answer is that to a real one, and nothing changes.
NOBODY = "doctor-asks-for-nobody"
ONE_CLICK = b"List-Unsubscribe=One-Click"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SERVE = "run newsletter serve behind base_url: docs/how-to/serve-the-pages.md"


def pages(patient: Patient) -> Iterator[Diagnosis]:
    """TLS, the server behind it, one-click as RFC 8058 wants it, and the clock."""
    base = patient.newsletter.base_url
    try:
        alive = patient.web.ask("GET", f"{base}/healthz")
    except Untrusted as untrusted:
        yield error("web/certificate", f"the certificate of {base} is refused: {untrusted}")
        return
    except Silent as silent:
        yield error("web/silent", f"{base} does not answer: {silent.reason}", _SERVE)
        return
    yield from _certificate(base, alive)
    if alive.status == 200:
        yield good("web/health", f"the readers' pages answer at {base}")
    elif alive.status == 503:
        yield error("web/health", f"the pages at {base} are there, but their database is not")
    else:
        yield error("web/health", f"{base}/healthz answers {alive.status}", _SERVE)
        return
    yield _one_click(patient, base)
    yield _links(patient, base)
    yield from _clock(alive.headers)


def _certificate(base: str, answer: Answer) -> Iterator[Diagnosis]:
    if answer.expires is None:
        yield warning("web/clear", f"{base} is not encrypted", "https is what readers trust")
        return
    days = (answer.expires - datetime.now(UTC)).days
    if days < EXPIRY_DAYS:
        yield warning("web/expiry", f"the certificate of {base} ends in {days} days", "renew it")
    else:
        yield good("web/certificate", f"TLS: the certificate of {base} is good for {days} days")


def _one_click(patient: Patient, base: str) -> Diagnosis:
    """What a mail program does when its reader says "unsubscribe", with a token of nobody."""
    url = f"{base}/u/{NOBODY}"
    try:
        answer = patient.web.ask("POST", url, ONE_CLICK, _FORM)
    except Silent as silent:
        return error("web/one-click", f"one-click does not answer: {silent.reason}")
    if 300 <= answer.status < 400:
        return error("web/one-click", "one-click is led elsewhere, which RFC 8058 forbids", _SERVE)
    if answer.status != 200:
        return error("web/one-click", f"one-click answers {answer.status} instead of 200", _SERVE)
    if "set-cookie" in answer.headers:
        return error("web/one-click", "one-click sets a cookie, which RFC 8058 forbids", _SERVE)
    return good("web/one-click", "one-click unsubscribing answers as RFC 8058 wants it")


def _links(patient: Patient, base: str) -> Diagnosis:
    """Where counted links lead. HEAD is never counted; without letters that have such links, a
    token of nobody shows at least that the pages are asked, and nobody before them.
    """
    sample = None
    if patient.site.database_exists:
        sample = patient.site.database.clicks.sample()
    token, target = sample or (NOBODY, "")
    try:
        answer = patient.web.ask("HEAD", f"{base}{PATH}{token}")
    except Silent as silent:
        return error("web/links", f"counted links do not answer: {silent.reason}", _SERVE)
    if sample and (answer.status, answer.headers.get("location")) != (302, redirect_target(target)):
        return error(
            "web/links",
            f"counted links of letters that are out lead nowhere: {base}{PATH} answers "
            f"{answer.status}",
            "let everything below base_url through to newsletter serve, with this site's database",
        )
    ours = answer.headers.get("referrer-policy") == "no-referrer"
    if not sample and (answer.status != 404 or not ours):
        return warning(
            "web/links",
            f"{base}{PATH} is not answered by the readers' pages: counted links would lead nowhere",
            "let everything below base_url through to newsletter serve",
        )
    return good("web/links", f"counted links are led on at {base}{PATH}")


def _clock(headers: Mapping[str, str]) -> Iterator[Diagnosis]:
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        yield unknown("clock", "the pages do not tell the time")
        return
    apart_s = abs((datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds())
    if apart_s > SKEW_S:
        yield error(
            "clock/skew",
            f"this machine's clock and that of the pages are {apart_s:,.0f} s apart",
            "timedatectl set-ntp true, on both",
        )
    else:
        yield good("clock/good", "the clocks of this machine and of the pages agree")
