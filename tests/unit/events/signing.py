"""Calls as each provider makes them, signed with keys of our own."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from composer.events.webhooks import Post, Source
from composer.events.webhooks.basic import BasicAuth
from composer.events.webhooks.brevo import Brevo
from composer.events.webhooks.mailgun import Mailgun
from composer.events.webhooks.postmark import Postmark
from composer.events.webhooks.resend import Resend
from composer.events.webhooks.sendgrid import SIGNATURE, TIMESTAMP, Sendgrid
from composer.events.webhooks.ses import Ses
from composer.events.webhooks.sns import Topics, signed_text

NOW = datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.UTC)
NOW_S = int(NOW.timestamp())
TOPIC = "arn:aws:sns:eu-west-1:123456789012:newsletter"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem"
MAILGUN_KEY = "key-for-tests"
RESEND_KEY = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes.....").decode()
USERNAME, PASSWORD = "newsletter", "pass:with ümlaut"
PROVIDERS = ("sendgrid", "ses", "postmark", "mailgun", "resend", "brevo")


@lru_cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@lru_cache
def sendgrid_public() -> str:
    der = sendgrid_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@lru_cache
def sns_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@lru_cache
def sns_certificate(
    first: datetime.datetime = NOW - datetime.timedelta(days=1),
    last: datetime.datetime = NOW + datetime.timedelta(days=1),
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(sns_key().public_key())
        .serial_number(1)
        .not_valid_before(first)
        .not_valid_after(last)
        .sign(sns_key(), hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


@dataclass
class Net:
    """What can be fetched, and what was."""

    pages: dict[str, bytes | OSError] = field(
        default_factory=lambda: {CERTIFICATE_URL: sns_certificate()}
    )
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        found = self.pages.get(url, OSError("there is nothing"))
        if isinstance(found, OSError):
            raise found
        return found


def source_of(name: str, net: Net | None = None) -> Source:
    match name:
        case "sendgrid":
            return Sendgrid.of(sendgrid_public(), 90_000.0)
        case "ses":
            return Ses(Topics(frozenset({TOPIC}), (net or Net()).fetch, 90_000.0))
        case "postmark":
            return Postmark(BasicAuth(USERNAME, PASSWORD))
        case "mailgun":
            return Mailgun(MAILGUN_KEY, 36_000.0)
        case "resend":
            return Resend.of(RESEND_KEY, 300.0)
        case _:
            return Brevo(BasicAuth(USERNAME, PASSWORD))


def call(name: str, content: Any, *, at_s: int = NOW_S, nonce: str = "n-1") -> Post:
    """`content` as the provider would send it at that time."""
    match name:
        case "sendgrid":
            return _sendgrid(content, at_s)
        case "ses":
            return sns_call(sns_row(content, at_s=at_s, nonce=nonce))
        case "mailgun":
            return _mailgun(content, at_s, nonce)
        case "resend":
            return _resend(content, at_s, nonce)
        case _:
            told = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
            return Post({"authorization": f"Basic {told}"}, _compact(content), NOW)


def _compact(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _sendgrid(content: Any, at_s: int) -> Post:
    body = _compact(content) + b"\r\n"
    timestamp = str(at_s).encode()
    raw = sendgrid_key().sign(timestamp + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        SIGNATURE.lower(): base64.b64encode(raw).decode(),
        TIMESTAMP.lower(): timestamp.decode(),
    }
    return Post(headers, body, NOW)


def _mailgun(content: Any, at_s: int, nonce: str) -> Post:
    token = hashlib.sha256(nonce.encode()).hexdigest()[:50]
    signature = hmac.new(MAILGUN_KEY.encode(), f"{at_s}{token}".encode(), hashlib.sha256)
    proof = {"timestamp": str(at_s), "token": token, "signature": signature.hexdigest()}
    return Post({}, _compact({"signature": proof, "event-data": content}), NOW)


def _resend(content: Any, at_s: int, nonce: str) -> Post:
    """As the pages of Svix describe it."""
    body = _compact(content)
    secret = base64.b64decode(RESEND_KEY.split("_")[1])
    to_sign = f"{nonce}.{at_s}.{body.decode()}".encode()
    signature = base64.b64encode(hmac.new(secret, to_sign, hashlib.sha256).digest()).decode()
    headers = {
        "svix-id": nonce,
        "svix-timestamp": str(at_s),
        "svix-signature": f"v1,bm90IHRoaXMgb25l v1,{signature}",
    }
    return Post(headers, body, NOW)


def sns_row(content: Any, *, at_s: int = NOW_S, nonce: str = "n-1") -> dict[str, str]:
    """A notification, not signed yet."""
    at = datetime.datetime.fromtimestamp(at_s, datetime.UTC)
    return {
        "Type": "Notification",
        "MessageId": nonce,
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": content if isinstance(content, str) else json.dumps(content),
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    }


def sns_call(row: Mapping[str, str], version: str = "2") -> Post:
    """`row` with Amazon's signature, in the text/plain that SNS sends."""
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
    signed = signed_text(row, row["Type"])
    raw = sns_key().sign(signed, padding.PKCS1v15(), algorithm)
    whole = {**row, "SignatureVersion": version, "Signature": base64.b64encode(raw).decode()}
    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": row["Type"]}
    return Post(headers, json.dumps(whole).encode(), NOW)


def tampered(post: Post, **headers: str) -> Post:
    return replace(post, headers={**post.headers, **headers})
