"""Fixtures for a newsletter's own tests; pytest loads them where the package is installed.

Nothing of composer is imported before a fixture is asked for: other projects' tests, in the
same environment, must not become slower.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import pytest

if TYPE_CHECKING:
    from email.message import EmailMessage

    from composer.errors import ComposerError
    from composer.model.finding import Finding
    from composer.sending.sample import Wanted
    from composer.site import Site


@dataclass(frozen=True)
class Rendered:
    """An issue as one reader gets it, through the same path as a send."""

    html: str  #: pictures by `cid:`, as in the message
    text: str
    subject: str
    preheader: str
    headers: Mapping[str, str]
    message: EmailMessage
    eml: bytes  #: the message as it would go over the wire, CRLF
    edition: str  #: `en`, `en+b+board`: locale, variant and the segments that it is for


class RenderIssue(Protocol):
    """Renders ISSUE; fails the test with every finding when it cannot be read."""

    def __call__(
        self,
        issue: str,
        *,
        as_: str | None = None,
        segment: str | None = None,
        locale: str | None = None,
        variant: str | None = None,
    ) -> Rendered: ...


class CheckIssue(Protocol):
    """Everything that `newsletter check ISSUE` says."""

    def __call__(
        self, issue: str, *, select: Iterable[str] = (), ignore: Iterable[str] = ()
    ) -> list[Finding]: ...


class AssertNoFindings(Protocol):
    """Fails with what `newsletter check ISSUE` says; `fail_on="error"` lets warnings be."""

    def __call__(
        self,
        issue: str,
        *,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        fail_on: str = "warning",
    ) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("newsletter", "newsletter-composer")
    text = "The folder of the newsletter's site (default: newsletter_site in the ini, or rootdir)."
    group.addoption("--newsletter-site", metavar="DIR", help=text)
    parser.addini("newsletter_site", "The folder of the newsletter's site, below rootdir.")


@pytest.fixture(scope="session")
def newsletter_site(pytestconfig: pytest.Config) -> Site:
    """The site at rootdir, or where --newsletter-site or the ini's newsletter_site points."""
    from composer.errors import ComposerError
    from composer.site import Site

    given = pytestconfig.getoption("newsletter_site")
    below = pytestconfig.getini("newsletter_site")
    folder = Path(given) if given else pytestconfig.rootpath / (below or "")
    try:
        return Site.find(folder, os.environ)
    except ComposerError as error:
        _fail(error)


@pytest.fixture(scope="session")
def render_issue(newsletter_site: Site) -> RenderIssue:
    """A function that renders an issue: html, text, subject, headers and the whole message."""
    from composer.errors import ComposerError

    def render(
        issue: str,
        *,
        as_: str | None = None,
        segment: str | None = None,
        locale: str | None = None,
        variant: str | None = None,
    ) -> Rendered:
        from composer.sending.sample import Wanted

        wanted = Wanted(segment or "", locale or "", variant or "")
        try:
            if segment:
                newsletter_site.segment(segment)
            return _rendered(newsletter_site, issue, as_, wanted)
        except ComposerError as error:
            _fail(error)

    return render


@pytest.fixture(scope="session")
def check_issue(newsletter_site: Site) -> CheckIssue:
    """A function that checks an issue: every finding, with code, message, line and column."""
    from composer.checkup import Checkup
    from composer.errors import ComposerError

    def check(
        issue: str, *, select: Iterable[str] = (), ignore: Iterable[str] = ()
    ) -> list[Finding]:
        try:
            path = newsletter_site.issue_path(issue)
            return Checkup.of(newsletter_site, select, ignore).of_issue(path)
        except ComposerError as error:
            _fail(error)

    return check


@pytest.fixture(scope="session")
def assert_no_findings(check_issue: CheckIssue) -> AssertNoFindings:
    """A function that fails with what the checks say of an issue, if they say anything."""
    from composer.checks.formats.text import findings_text
    from composer.model.finding import Severity

    def assert_none(
        issue: str,
        *,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        fail_on: str = "warning",
    ) -> None:
        failing = {Severity.ERROR} if Severity(fail_on) is Severity.ERROR else set(Severity)
        found = check_issue(issue, select=select, ignore=ignore)
        if told := [finding for finding in found if finding.severity in failing]:
            pytest.fail(findings_text(told), pytrace=False)

    return assert_none


def _rendered(site: Site, name: str, reader: str | None, wanted: Wanted) -> Rendered:
    import email
    from datetime import UTC, datetime, time
    from email.policy import default

    from composer.model.mailing import Letterhead
    from composer.rendering.encoders import fill
    from composer.sending.choice import Editions
    from composer.sending.message import Message
    from composer.sending.sample import key_for_sample, sample_delivery

    issue = site.read(name)
    editions = Editions.of(issue)
    candidate = site.reader(reader, issue.id, editions) if reader else None
    edition = site.compile(issue, key_for_sample(editions, candidate, wanted))
    delivery = sample_delivery(edition, candidate, editions.fields, delivery_id="rendered")
    compiled = Message.compile(edition, Letterhead.of(site.settings.newsletter))
    values = compiled.values(delivery)
    eml = b"".join(compiled.chunks(delivery, datetime.combine(issue.date, time(), UTC)))
    message = email.message_from_bytes(eml, policy=default)
    headers = {header: str(value) for header, value in message.items()}
    return Rendered(
        html=fill(edition.html, values),
        text=fill(edition.text, values),
        subject=headers["Subject"],
        preheader=fill(edition.preheader, values),
        headers=headers,
        message=message,
        eml=eml,
        edition=str(edition.key),
    )


def _fail(error: ComposerError) -> NoReturn:
    """What is wrong, where, and what to try: the site's mistake, not the test's."""
    pytest.fail(str(error), pytrace=False)
