"""Do receivers believe that the mail is ours? SPF, DKIM, DMARC, and how they fit together."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Iterator, Mapping

from composer.doctor.diagnosis import Diagnosis, Record, error, good, unknown, warning
from composer.doctor.domains import are_aligned, organisation_of
from composer.doctor.patient import IPAddress, Patient
from composer.doctor.spf import MAX_LOOKUPS, Policy, Walk, policies_of, with_servers


def spf(patient: Patient) -> Iterator[Diagnosis]:
    """RFC 7208, for the domain of the envelope sender."""
    if "smtp" not in patient.kinds and not patient.servers:
        return  # another envelope sender than ours
    domain = patient.envelope_domain
    found = policies_of(patient.names, domain)
    servers = patient.servers or _relay_of(patient)
    names = [_mechanism(address) for address in servers]
    if not found:
        record = Record(domain, "TXT", with_servers(None, names or ["mx"]))
        yield error("spf/missing", f"{domain} has no SPF record", record)
        return
    if len(found) > 1:
        yield error(
            "spf/doubled",
            f"{domain} has {len(found)} SPF records, and receivers take none of them",
            "put their mechanisms into one record and delete the others",
        )
        return
    yield from _weighed(patient, found[0], servers)


def _weighed(
    patient: Patient, policy: Policy, servers: tuple[IPAddress, ...]
) -> Iterator[Diagnosis]:
    domain, walk = policy.domain, Walk(patient.names)
    lookups = walk.count(policy)
    if walk.broken:
        yield error("spf/broken", f"the SPF record of {domain} is useless: {walk.broken}")
        return
    if policy.end == "+":
        record = Record(domain, "TXT", policy.text.rpartition(" ")[0] + " ~all")
        yield error("spf/anybody", f"the SPF record of {domain} lets anybody send", record)
        return
    left_out = [a for a in servers if not Walk(patient.names).allows(policy, a)]
    if left_out:
        told = ", ".join(map(str, left_out))
        record = Record(domain, "TXT", with_servers(policy, [_mechanism(a) for a in left_out]))
        if patient.servers:
            yield error("spf/server", f"the SPF record of {domain} leaves out {told}", record)
        else:
            host = patient.site.settings.provider.smtp.host
            yield warning(
                "spf/relay",
                f"the SPF record of {domain} does not name {host} ({told})",
                f"if mail leaves from there: {record}; else ask its operator for an include: of "
                "theirs, or name your own servers with --server",
            )
        return
    if not servers:
        yield unknown(
            "spf/server",
            f"{domain} has an SPF record; whether it names your server is not known here",
            "newsletter doctor --server 192.0.2.10 (the address that your mail comes from)",
        )
    elif lookups >= MAX_LOOKUPS - 1:
        yield warning(
            "spf/lookups",
            f"the SPF record of {domain} takes {lookups} look-ups of {MAX_LOOKUPS}",
            "name networks instead of includes before somebody else's include grows",
        )
    else:
        yield good("spf/good", f"SPF: {domain} names {', '.join(map(str, servers))}")


def _relay_of(patient: Patient) -> tuple[IPAddress, ...]:
    """The public addresses of the server that we hand messages to."""
    host = patient.site.settings.provider.smtp.host
    try:
        found = [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        found = [ipaddress.ip_address(each) for each in patient.names.addresses(host)]
    return tuple(address for address in found if address.is_global)


def _mechanism(address: IPAddress) -> str:
    return f"ip{address.version}:{address}"


def dkim(patient: Patient) -> Iterator[Diagnosis]:
    """RFC 6376: what the DNS says of the keys that sign."""
    if "sendgrid" in patient.kinds:
        yield from _signed_by_sendgrid(patient)
    if "smtp" not in patient.kinds:
        return
    settings = patient.site.settings.provider.dkim
    if settings is None:
        yield unknown(
            "dkim/none",
            "messages leave here unsigned; whether your mail server signs them is not known here",
            "newsletter dkim keygen keys/2026a.pem --selector 2026a, unless it does",
        )
        return
    if not are_aligned(settings.domain, patient.from_domain):
        yield error(
            "dkim/alignment",
            f"a signature of {settings.domain} says nothing about mail from {patient.from_domain}",
            f'[dkim] domain = "{organisation_of(patient.from_domain)}"',
        )
    for record in patient.site.dkim_records():
        yield _published(patient, Record(record.name, "TXT", record.text))


def _published(patient: Patient, record: Record) -> Diagnosis:
    found = [text for text in patient.names.texts(record.name) if "p=" in text]
    selector = record.name.partition(".")[0]
    if not found:
        return error("dkim/missing", f"the DNS has no key {selector}", record)
    if len(found) > 1:
        return error("dkim/doubled", f"the DNS has {len(found)} keys {selector}", record)
    tags = tags_of(found[0])
    if _key(tags.get("p", "")) != _key(tags_of(record.text)["p"]):
        return error("dkim/other", f"the key {selector} in the DNS is not the one here", record)
    if "y" in tags.get("t", "").split(":"):
        return warning("dkim/testing", f"the key {selector} says that it is being tested", record)
    return good("dkim/good", f"DKIM: the key {selector} is published")


def _signed_by_sendgrid(patient: Patient) -> Iterator[Diagnosis]:
    """Its domain authentication is two aliases, which it renews behind."""
    domain = patient.from_domain
    names = [f"s{n}._domainkey.{domain}" for n in (1, 2)]
    missing = [name for name in names if not patient.names.alias(name)]
    if missing:
        yield error(
            "dkim/sendgrid",
            f"SendGrid does not sign as {domain}: no alias at {' and '.join(missing)}",
            "Settings, Sender Authentication, Authenticate Your Domain shows the CNAME records",
        )
    else:
        yield good("dkim/sendgrid", f"DKIM: SendGrid signs as {domain}")


def dmarc(patient: Patient) -> Iterator[Diagnosis]:
    """RFC 7489: the policy of the sender's domain, and whether ours can pass it."""
    domain = patient.from_domain
    organisation = organisation_of(domain)
    for name in dict.fromkeys((domain, organisation)):
        texts = patient.names.texts(f"_dmarc.{name}")
        found = [t for t in texts if t.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(found) > 1:
            yield error("dmarc/doubled", f"_dmarc.{name} has {len(found)} records: none counts")
            return
        if found:
            yield from _policy(patient, name, tags_of(found[0]))
            return
    yield error(
        "dmarc/missing",
        f"{organisation} has no DMARC record; Gmail, Yahoo and Outlook refuse bulk mail without",
        Record(
            f"_dmarc.{organisation}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{organisation}"
        ),
    )


def _policy(patient: Patient, name: str, tags: Mapping[str, str]) -> Iterator[Diagnosis]:
    policy = tags.get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        yield error(
            "dmarc/policy",
            f"the DMARC record of {name} has no policy that counts",
            Record(f"_dmarc.{name}", "TXT", "v=DMARC1; p=none"),
        )
        return
    dkim_settings = patient.site.settings.provider.dkim
    strict_signature = tags.get("adkim", "r").lower() == "s"
    strict_envelope = tags.get("aspf", "r").lower() == "s"
    signed = dkim_settings is not None and are_aligned(
        dkim_settings.domain, patient.from_domain, strict=strict_signature
    )
    envelope = are_aligned(patient.envelope_domain, patient.from_domain, strict=strict_envelope)
    if "smtp" in patient.kinds and not signed and not envelope:
        yield error(
            "dmarc/alignment",
            f"nothing that is signed or said of {patient.envelope_domain} counts for mail from "
            f"{patient.from_domain}",
            f"let bounces go to an address at {patient.from_domain}, or sign as that domain",
        )
    else:
        told = f"DMARC: {name} says p={policy}"
        yield good("dmarc/good", told if tags.get("rua") else f"{told}, and asks for no reports")


def tags_of(text: str) -> Mapping[str, str]:
    """`v=DMARC1; p=none` as a mapping (RFC 6376 section 3.2)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _key(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b"?"


def servers(patient: Patient) -> Iterator[Diagnosis]:
    """Names that lead to an address and back, which receivers ask of a server of one's own."""
    for address in patient.servers:
        hosts = patient.names.pointers(str(address))
        back = [host for host in hosts if str(address) in patient.names.addresses(host)]
        reverse = address.reverse_pointer
        if not hosts:
            yield error(
                "ptr/missing",
                f"{address} has no name: Gmail refuses mail from such servers",
                Record(reverse, "PTR", f"mail.{organisation_of(patient.from_domain)}."),
            )
        elif not back:
            kind = "A" if address.version == 4 else "AAAA"
            yield error(
                "ptr/forward",
                f"{hosts[0]}, the name of {address}, does not lead back to it",
                Record(hosts[0], kind, str(address)),
            )
        else:
            yield good("ptr/good", f"PTR: {address} is {back[0]}, there and back")


def mailboxes(patient: Patient) -> Iterator[Diagnosis]:
    """Can answers and bounces come home?"""
    newsletter = patient.newsletter
    reply = (newsletter.reply_to or newsletter.sender).address.domain
    for domain in dict.fromkeys((newsletter.sender.address.domain, reply, patient.envelope_domain)):
        hosts = patient.names.mail_hosts(domain)
        if hosts == ["."]:
            yield error("mx/null", f"{domain} says that it takes no mail", _mx(domain))
        elif hosts:
            yield good("mx/good", f"MX: mail to {domain} goes to {hosts[0]}")
        elif patient.names.addresses(domain):
            yield warning("mx/missing", f"{domain} has no MX record, only an address", _mx(domain))
        else:
            yield error("mx/missing", f"mail to {domain} cannot be delivered", _mx(domain))


def _mx(domain: str) -> Record:
    return Record(domain, "MX", f"10 mail.{organisation_of(domain)}.")
