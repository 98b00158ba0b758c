"""Amazon SNS: is this message from a topic of ours, and signed by Amazon?

Anybody with an AWS account can have SNS sign a message to us: the topic must be on our list.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import Certificate, load_pem_x509_certificate

from composer.events.event import moment
from composer.events.webhooks.post import Json, Refusal, refuse_age, text

#: Fetches a URL and returns what is there. It follows no redirect, and raises OSError.
Fetch = Callable[[str], bytes]

_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z0-9]+){1,4}\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_HANDSHAKE = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)
NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
_HANDSHAKES = frozenset({CONFIRMATION, "UnsubscribeConfirmation"})
#: So many certificates are remembered; Amazon has a few for each region.
_MOST_CERTIFICATES = 32


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that may tell us something."""

    arns: frozenset[str]
    fetch: Fetch = field(repr=False)
    max_age_s: float
    _certificates: dict[str, Certificate] = field(default_factory=dict, repr=False)

    def refuse_forged(self, row: Json, now: datetime) -> None:
        """See that `row` is a message of one of our topics, signed, and young enough.

        Raises:
            Refusal: it is not. 503 when Amazon's certificate could not be fetched just now.
        """
        if text(row, "TopicArn") not in self.arns:
            raise Refusal("it is of a topic that is not listed", 403)
        kind = text(row, "Type")
        if kind != NOTIFICATION and kind not in _HANDSHAKES:
            raise Refusal("it is of a type that is not known", 400)
        self._refuse_age(text(row, "Timestamp"), now)
        url = text(row, "SigningCertURL")
        if not is_amazons(url) or not _CERTIFICATE.fullmatch(urlsplit(url).path):
            raise Refusal("its certificate is not at Amazon's")
        certificate = self._certificate(url, now)
        if not _is_signed(row, kind, certificate):
            raise Refusal("the signature is not Amazon's")

    def _refuse_age(self, told: str, now: datetime) -> None:
        at = moment(told)
        if not at:
            raise Refusal("the time of the message cannot be read")
        refuse_age(str(int(datetime.fromisoformat(at).timestamp())), now, self.max_age_s)

    def _certificate(self, url: str, now: datetime) -> Certificate:
        found = self._certificates.get(url)
        if found is None:
            try:
                found = load_pem_x509_certificate(self.fetch(url))
            except OSError as error:
                raise Refusal("Amazon's certificate cannot be fetched just now", 503) from error
            except (ValueError, UnsupportedAlgorithm) as error:
                raise Refusal("its certificate is none") from error
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = found
        if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            del self._certificates[url]
            raise Refusal("its certificate is not valid at this time")
        return found


def is_amazons(url: str) -> bool:
    """Whether a URL is one of SNS itself: its host, over https, and nothing clever."""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None and not parts.fragment
    except ValueError:
        return False
    host = parts.netloc
    return parts.scheme == "https" and plain and _HOST.fullmatch(host) is not None


def signed_text(row: Json, kind: str) -> bytes:
    """What Amazon signs: names and values of some fields, each on a line of its own."""
    names = _SIGNED if kind == NOTIFICATION else _SIGNED_HANDSHAKE
    lines = [line for name in names if isinstance(row.get(name), str) for line in (name, row[name])]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def _is_signed(row: Json, kind: str, certificate: Certificate) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    version = text(row, "SignatureVersion")
    algorithm: hashes.HashAlgorithm
    if version == "1":
        algorithm = hashes.SHA1()  # noqa: S303 - what Amazon signs with, where nobody asked for more
    elif version == "2":
        algorithm = hashes.SHA256()
    else:
        return False
    try:
        raw = base64.b64decode(text(row, "Signature").encode("ascii"), validate=True)
        key.verify(raw, signed_text(row, kind), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
