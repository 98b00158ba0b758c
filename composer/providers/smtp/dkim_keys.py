"""DKIM keys: read with care, made, and written down for the DNS."""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from composer.errors import ConfigError, Place
from composer.model.settings import DkimKey, DkimSettings
from composer.model.zone_line import zone_line
from composer.providers.smtp.signer import PrivateKey, Signer, SigningKey

RSA_BITS = 2048  # RFC 8301 section 3.2; longer keys do not fit into every DNS answer
MAX_KEY_BYTES = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_signer(settings: DkimSettings) -> Signer:
    """Read every key.

    Raises:
        ConfigError: a key is not there, is not a key that signs, or others may read its file.
    """
    keys = [SigningKey(key.selector, load_key(key)) for key in settings.keys]
    kinds = {key.algorithm for key in keys}
    if len(kinds) < len(keys):
        raise ConfigError(
            f"both keys of [dkim] are {kinds.pop()}",
            hint="a second signature is for the other kind: Ed25519 beside RSA",
        )
    return Signer(settings.domain, keys)


def load_key(key: DkimKey) -> PrivateKey:
    """The private key that a setting names."""
    if key.secret is not None:
        pem, source = key.secret.value.replace("\\n", "\n").encode(), str(key.secret)
    else:
        pem, source = _read(Path(key.file)), key.file
    try:
        loaded = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's words may repeat a part of the key.
        raise ConfigError(
            f"{source} holds no DKIM key",
            hint="a private key in PEM without a password; newsletter dkim keygen makes one",
        ) from None
    if isinstance(loaded, Ed25519PrivateKey):
        return loaded
    if not isinstance(loaded, RSAPrivateKey):
        raise ConfigError(f"the key in {source} is neither RSA nor Ed25519", hint="RFC 8463")
    if loaded.key_size < RSA_BITS:
        raise ConfigError(
            f"the RSA key in {source} has {loaded.key_size} bits; receivers want {RSA_BITS}",
            hint="newsletter dkim keygen makes a new one, under a new selector",
        )
    return loaded


def _read(path: Path) -> bytes:
    place = Place(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError("a DKIM key is a regular file", place=place)
            if os.name == "posix" and mode & _OTHERS:
                raise ConfigError(
                    f"others may read this DKIM key (its mode is {stat.S_IMODE(mode):04o})",
                    place=place,
                    hint=f"chmod 600 {path}",
                )
            return file.read(MAX_KEY_BYTES)
    except OSError as error:
        raise ConfigError(
            f"the DKIM key cannot be read: {error.strerror}",
            place=place,
            hint="newsletter dkim keygen makes one",
        ) from None


@dataclass(frozen=True, slots=True)
class Record:
    """What the DNS must say for receivers to believe the signatures."""

    name: str
    text: str

    @property
    def zone_line(self) -> str:
        """As a zone file has it: strings of at most 255 bytes."""
        return zone_line(self.name, self.text)


def record(key: PrivateKey, selector: str, domain: str) -> Record:
    """RFC 6376 section 3.6.1; an Ed25519 key is bare (RFC 8463 section 4.2)."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    text = f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"
    return Record(f"{selector}._domainkey.{domain}", text)


def make_key(kind: str, path: Path) -> PrivateKey:
    """A new key, `rsa` or `ed25519`, written to `path`, which nobody else may read.

    Raises:
        ConfigError: there is such a file already, or it cannot be written.
    """
    key: PrivateKey = (
        Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, RSA_BITS)
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(pem)
        except OSError:
            path.unlink()  # half a key would be in the way of the next try
            raise
    except FileExistsError:
        raise ConfigError(
            "there is such a file already, and a key that signs is not overwritten",
            place=Place(path),
            hint="a new key gets a new file and a new selector",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"the key cannot be written: {error.strerror}", place=Place(path)
        ) from None
    return key
