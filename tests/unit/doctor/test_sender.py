from __future__ import annotations

from pathlib import Path

import pytest

from composer.doctor import sender
from composer.doctor.diagnosis import Health, Record
from composer.doctor.domains import are_aligned, organisation_of
from tests.unit.doctor.patients import Book, healths, patient, site_in

DKIM = """
[dkim]
domain = "harbour.dev"
selector = "2026a"
key = { file = "keys/2026a.pem" }
"""


def test_a_site_without_any_record_is_told_each_of_them(tmp_path: Path) -> None:
    one = patient(site_in(tmp_path), None, None, "192.0.2.10")
    (spf,) = sender.spf(one)
    assert str(spf.remedy) == 'news.harbour.dev. IN TXT "v=spf1 ip4:192.0.2.10 ~all"'
    (dmarc,) = sender.dmarc(one)
    assert isinstance(dmarc.remedy, Record)
    assert dmarc.remedy.name == "_dmarc.harbour.dev"
    (pointer,) = sender.servers(one)
    assert str(pointer.remedy) == "10.2.0.192.in-addr.arpa. IN PTR mail.harbour.dev."
    (home,) = sender.mailboxes(one)
    assert str(home.remedy) == "news.harbour.dev. IN MX 10 mail.harbour.dev."
    assert {d.health for d in (spf, dmarc, pointer, home)} == {Health.ERROR}


def test_a_site_with_every_record_is_well(tmp_path: Path) -> None:
    site = site_in(tmp_path, more=DKIM)
    made = site.make_dkim_key(tmp_path / "keys" / "2026a.pem", selector="2026a", kind="rsa")
    names = Book(
        {
            ("news.harbour.dev", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
            (made.name, "TXT"): [made.text.replace("; ", ";  ")],
            ("_dmarc.harbour.dev", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@harbour.dev"],
            ("news.harbour.dev", "MX"): ["mail.harbour.dev"],
            ("192.0.2.10", "PTR"): ["mail.harbour.dev"],
            ("mail.harbour.dev", "A"): ["192.0.2.10"],
        }
    )
    one = patient(site, names, None, "192.0.2.10")
    examined = (sender.spf, sender.dkim, sender.dmarc, sender.servers, sender.mailboxes)
    found = [d for each in examined for d in each(one)]
    assert healths(found) == dict.fromkeys(
        ("spf/good", "dkim/good", "dmarc/good", "ptr/good", "mx/good"), Health.GOOD
    )


@pytest.mark.parametrize(
    ("texts", "code", "remedy"),
    [
        (["v=spf1 -all", "v=spf1 mx -all"], "spf/doubled", "put their mechanisms"),
        (["v=spf1 +all"], "spf/anybody", 'news.harbour.dev. IN TXT "v=spf1 ~all"'),
        (["v=spf1 include:x.dev -all"], "spf/broken", ""),
        (["v=spf1 ip4:198.51.100.1 -all"], "spf/server", "ip4:198.51.100.1 ip4:192.0.2.10 -all"),
    ],
)
def test_what_is_wrong_with_an_spf_record(
    tmp_path: Path, texts: list[str], code: str, remedy: str
) -> None:
    names = Book({("news.harbour.dev", "TXT"): texts})
    (found,) = sender.spf(patient(site_in(tmp_path), names, None, "192.0.2.10"))
    assert (found.code, found.health) == (code, Health.ERROR)
    assert remedy in str(found.remedy)


def test_who_hands_mail_to_a_server_of_others_is_asked_for_their_include(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    text = (tmp_path / "newsletter.toml").read_text()
    text = text.replace('"127.0.0.1"', '"smtp.relay.dev"').replace('"none"', '"starttls"')
    (tmp_path / "newsletter.toml").write_text(text)
    site = type(site).find(tmp_path, {})
    names = Book(
        {
            ("smtp.relay.dev", "A"): ["9.9.9.9"],
            ("news.harbour.dev", "TXT"): ["v=spf1 ip4:198.51.100.1 -all"],
        }
    )
    (found,) = sender.spf(patient(site, names))
    assert (found.code, found.health) == ("spf/relay", Health.WARNING)
    assert "ask its operator for an include:" in str(found.remedy)


@pytest.mark.parametrize(
    ("published", "code", "health"),
    [
        ([], "dkim/missing", Health.ERROR),
        (["v=DKIM1; k=rsa; p="], "dkim/other", Health.ERROR),
        (["v=DKIM1; k=rsa; p=QUJD"], "dkim/other", Health.ERROR),
        (["OURS", "OURS"], "dkim/doubled", Health.ERROR),
        (["OURS; t=y"], "dkim/testing", Health.WARNING),
    ],
)
def test_what_is_wrong_with_a_published_key(
    tmp_path: Path, published: list[str], code: str, health: Health
) -> None:
    site = site_in(tmp_path, more=DKIM)
    made = site.make_dkim_key(tmp_path / "keys" / "2026a.pem", selector="2026a", kind="ed25519")
    texts = [text.replace("OURS", made.text) for text in published]
    (found,) = sender.dkim(patient(site, Book({(made.name, "TXT"): texts})))
    assert (found.code, found.health) == (code, health)
    assert isinstance(found.remedy, Record)
    assert found.remedy.text == made.text


def test_a_key_that_is_missing_is_told_in_strings_that_a_zone_takes(tmp_path: Path) -> None:
    site = site_in(tmp_path, more=DKIM)
    made = site.make_dkim_key(tmp_path / "keys" / "2026a.pem", selector="2026a", kind="rsa")
    (found,) = sender.dkim(patient(site, Book({})))
    line = str(found.remedy)
    strings = line.split('"')[1::2]
    assert found.code == "dkim/missing"
    assert "".join(strings) == made.text
    assert max(map(len, strings)) <= 255 < len(made.text)
    assert line == made.zone_line


def test_sendgrid_signs_by_aliases_of_the_senders_domain(tmp_path: Path) -> None:
    site = site_in(tmp_path, kind="sendgrid")
    (found,) = sender.dkim(patient(site))
    assert (found.code, found.health) == ("dkim/sendgrid", Health.ERROR)
    names = Book(
        {
            (f"s{n}._domainkey.news.harbour.dev", "CNAME"): [f"s{n}.domainkey.u1.sendgrid.net"]
            for n in (1, 2)
        }
    )
    (found,) = sender.dkim(patient(site, names))
    assert found.health is Health.GOOD
    assert list(sender.spf(patient(site, names))) == []


@pytest.mark.parametrize(
    ("record", "bounces", "code"),
    [
        ("v=DMARC1; p=none", "b@news.harbour.dev", "dmarc/good"),
        ("v=DMARC1; p=none", "b@bounce.harbour.dev", "dmarc/good"),
        ("v=DMARC1; p=none; aspf=s", "b@bounce.harbour.dev", "dmarc/alignment"),
        ("v=DMARC1; p=none", "b@elsewhere.dev", "dmarc/alignment"),
        ("v=DMARC1; p=perhaps", "b@news.harbour.dev", "dmarc/policy"),
        ("v=DMARC1", "b@news.harbour.dev", "dmarc/policy"),
    ],
)
def test_a_policy_is_only_as_good_as_what_can_pass_it(
    tmp_path: Path, record: str, bounces: str, code: str
) -> None:
    site = site_in(tmp_path, newsletter=f'bounces = "{bounces}"')
    (found,) = sender.dmarc(patient(site, Book({("_dmarc.harbour.dev", "TXT"): [record]})))
    assert found.code == code


def test_domains_belong_together_as_the_registries_sell_them() -> None:
    assert organisation_of("news.harbour.co.uk") == "harbour.co.uk"
    assert are_aligned("news.harbour.dev", "bounce.harbour.dev")
    assert not are_aligned("harbour.co.uk", "quay.co.uk")
    assert not are_aligned("news.harbour.dev", "harbour.dev", strict=True)
