"""The tables below `[provider]` of newsletter.toml: how each provider is reached."""

from __future__ import annotations

import re
from dataclasses import replace

from composer.model.settings import SendgridSettings, SmtpSettings
from composer.reading import site_urls
from composer.reading import site_values as values
from composer.reading.keys import SENDGRID, SMTP
from composer.reading.site_guards import span
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong, one_of, shown, whole

#: Headers that every message has already, or that servers write.
_TAKEN = frozenset(
    {"from", "to", "cc", "bcc", "subject", "date", "reply-to", "message-id", "list-id"}
    | {"list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type", "sender"}
    | {"content-transfer-encoding", "received", "return-path", "dkim-signature"}
)
#: Postmark writes a Message-ID of its own; its webhooks bring back what stands here.
_OF_POSTMARK, _POSTMARK_HEADER = ".postmarkapp.com", "X-PM-Metadata-delivery"
_SECURITY = one_of("starttls", "tls", "none", other={"ssl": "tls", "smtps": "tls", "plain": "none"})


def read_smtp(sheet: Sheet) -> tuple[SmtpSettings, str]:
    """The settings, and the variable of a password that is not set (`""` when all is well)."""
    plain = SmtpSettings()
    password, unset = sheet.secret(SMTP, "password")
    smtp = SmtpSettings(
        host=sheet.take(SMTP, "host", site_urls.host_name, plain.host),
        port=sheet.take(SMTP, "port", whole(1, 65535), plain.port),
        security=sheet.take(SMTP, "security", _SECURITY, plain.security),
        insecure=sheet.take(SMTP, "insecure", values.truth, plain.insecure),
        username=sheet.take(SMTP, "username", values.line, ""),
        password=password,
        connections=sheet.take(SMTP, "connections", whole(1, 64), plain.connections),
        timeout_s=sheet.take(SMTP, "timeout_s", values.seconds, plain.timeout_s),
        idempotency_header=sheet.take(SMTP, "idempotency_header", _header, ""),
        idempotency_s=sheet.take(SMTP, "idempotency", span, 86_400),
        delivery_header=sheet.take(SMTP, "delivery_header", _header, ""),
    )
    if not smtp.delivery_header and smtp.host.lower().endswith(_OF_POSTMARK):
        smtp = replace(smtp, delivery_header=_POSTMARK_HEADER)
    if smtp.security == "none" and not smtp.insecure and not site_urls.is_loopback(smtp.host):
        sheet.report(
            "insecure",
            f"mail to {smtp.host} would travel unencrypted",
            'security = "starttls", or insecure = true if you mean it',
            sheet.found(*SMTP, "security").value,
        )
    given = sheet.is_given(SMTP, "password")
    if bool(smtp.username) != given:
        key, other = ("username", "password") if smtp.username else ("password", "username")
        example = '{ env = "SMTP_PASSWORD" }' if other == "password" else '"desk"'
        sheet.report(
            "missing",
            f"[provider.smtp] has a {key} and no {other}",
            f"{other} = {example}",
            sheet.found(*SMTP, key).key,
        )
    return smtp, unset


def _header(value: object) -> str:
    """A name that a message may have beside ours."""
    name = values.line(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", name) or name.lower() in _TAKEN:
        raise Wrong(f"{shown(name)} cannot be such a header", "Resend-Idempotency-Key")
    return name


def read_sendgrid(sheet: Sheet) -> tuple[SendgridSettings, str]:
    """The settings, and the variable of a key that is not set (`""` when all is well)."""
    plain = SendgridSettings()
    api_key, unset = sheet.secret(SENDGRID, "api_key")
    settings = SendgridSettings(
        api_key=api_key,
        host=sheet.take(SENDGRID, "host", site_urls.base_url, plain.host),
        connections=sheet.take(SENDGRID, "connections", whole(1, 64), plain.connections),
        timeout_s=sheet.take(SENDGRID, "timeout_s", values.seconds, plain.timeout_s),
    )
    return settings, unset
