"""Who calls is known by what cannot be imitated, and by nothing else."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendgrid import EventWebhook  # type: ignore[import-untyped]  # has no types

from composer.errors import ConfigError
from composer.events.webhooks import Post, Refusal
from composer.events.webhooks.mailgun import Mailgun
from composer.events.webhooks.resend import Resend
from composer.events.webhooks.sendgrid import SIGNATURE, TIMESTAMP, Sendgrid
from composer.events.webhooks.ses import Ses
from composer.events.webhooks.sns import Topics, is_amazons
from tests.unit.events.signing import (
    CERTIFICATE_URL,
    NOW,
    NOW_S,
    PROVIDERS,
    TOPIC,
    Net,
    call,
    sendgrid_public,
    sns_call,
    sns_certificate,
    sns_row,
    source_of,
    tampered,
)

SIGNED = ("sendgrid", "ses", "mailgun", "resend")
CONTENT: Any = [{"event": "delivered", "email": "ana@example.net", "timestamp": NOW_S}]

# What SendGrid publishes with its libraries, to test verifiers with.
OFFICIAL_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw"
    "+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
OFFICIAL_SIGNATURE = (
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG"
    "+luQAbPIqHh89M15TluLtEZtM="
)
OFFICIAL_TIMESTAMP = "1600112502"
OFFICIAL_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)
OFFICIAL = Post(
    {SIGNATURE.lower(): OFFICIAL_SIGNATURE, TIMESTAMP.lower(): OFFICIAL_TIMESTAMP},
    OFFICIAL_BODY,
    datetime.fromtimestamp(1_600_112_510, UTC),
)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_call_of_the_provider_is_let_in(name: str) -> None:
    assert source_of(name).admit(call(name, CONTENT)).nonce


@pytest.mark.parametrize("name", SIGNED)
def test_a_call_that_is_too_old_or_of_tomorrow_is_refused(name: str) -> None:
    source = source_of(name)

    for at_s in (NOW_S - 116 * 86_400, NOW_S - 90_001, NOW_S + 301, NOW_S + 86_400):
        with pytest.raises(Refusal):
            source.admit(call(name, CONTENT, at_s=at_s))
    assert source.admit(call(name, CONTENT, at_s=NOW_S - 299)).nonce
    assert source.admit(call(name, CONTENT, at_s=NOW_S + 299)).nonce


@pytest.mark.parametrize("name", PROVIDERS)
def test_without_what_proves_it_a_call_is_refused_and_no_header_brings_it_down(name: str) -> None:
    source, post = source_of(name), call(name, CONTENT)

    for header in post.headers:
        if header in ("content-type", "x-amz-sns-message-type"):
            continue
        for value in ("", "ä" * 40, "x", "v1,", "Basic", "Basic ä", "=", "\x80", "1" * 400):
            with pytest.raises(Refusal):
                source.admit(tampered(post, **{header: value}))
        rest = {k: v for k, v in post.headers.items() if k != header}
        with pytest.raises(Refusal):
            source.admit(replace(post, headers=rest))


@pytest.mark.parametrize("name", ["sendgrid", "resend"])
def test_not_one_byte_of_the_body_may_be_another(name: str) -> None:
    source, post = source_of(name), call(name, CONTENT)
    body = post.body

    for forged in (
        body.replace(b"delivered", b"bounced"),
        body[:-1],
        body + b" ",
        json.dumps(json.loads(body), indent=1).encode(),
        json.dumps(json.loads(body), sort_keys=True, separators=(", ", ": ")).encode() + b"\n",
    ):
        with pytest.raises(Refusal):
            source.admit(replace(post, body=forged))


def test_not_one_value_that_amazon_signs_may_be_another() -> None:
    row = json.loads(call("ses", CONTENT).body)

    for key in ("Message", "MessageId", "Subject", "Timestamp", "Type", "Signature"):
        forged = {**row, key: row[key].replace(row[key][:1], "X", 1)}
        with pytest.raises(Refusal):
            source_of("ses").admit(Post({}, json.dumps(forged).encode(), NOW))
        left = {name: value for name, value in row.items() if name != key}
        with pytest.raises(Refusal):
            source_of("ses").admit(Post({}, json.dumps(left).encode(), NOW))


def test_every_order_of_the_fields_of_sns_is_the_same_message() -> None:
    source = source_of("ses")
    row = json.loads(call("ses", CONTENT).body)

    for keys in (sorted(row), sorted(row, reverse=True)):
        body = json.dumps({key: row[key] for key in keys}, indent=2).encode()
        assert source.admit(Post({}, body, NOW)).nonce


# --- SendGrid ---------------------------------------------------------------------------


def test_sendgrids_published_example_is_let_in_and_nothing_near_it() -> None:
    source = Sendgrid.of(OFFICIAL_KEY, 600.0)

    assert source.admit(OFFICIAL).nonce
    for body in (
        OFFICIAL_BODY.rstrip(),
        OFFICIAL_BODY.replace(b"\r\n", b"\n"),
        json.dumps(json.loads(OFFICIAL_BODY)).encode(),
        b"payload",
    ):
        with pytest.raises(Refusal):
            source.admit(replace(OFFICIAL, body=body))
    with pytest.raises(Refusal):
        source_of("sendgrid").admit(OFFICIAL)
    with pytest.raises(Refusal):
        source.admit(replace(OFFICIAL, now=OFFICIAL.now + timedelta(days=116)))


def test_a_digit_may_not_move_from_the_time_into_the_body() -> None:
    """The signature is over both without anything between them."""
    source = Sendgrid.of(OFFICIAL_KEY, 10.0**12)
    shifted = replace(
        tampered(OFFICIAL, **{TIMESTAMP.lower(): OFFICIAL_TIMESTAMP[:-1]}),
        body=OFFICIAL_TIMESTAMP[-1:].encode() + OFFICIAL_BODY,
    )
    official = EventWebhook(OFFICIAL_KEY)

    assert official.verify_signature(
        shifted.body.decode(), OFFICIAL_SIGNATURE, OFFICIAL_TIMESTAMP[:-1]
    )
    with pytest.raises(Refusal):
        source.admit(shifted)


@given(st.binary(max_size=60), st.integers(NOW_S - 100, NOW_S + 100), st.booleans())
def test_we_and_sendgrids_own_verifier_agree(noise: bytes, at_s: int, spoil: bool) -> None:
    post = call("sendgrid", [{"note": noise.decode("latin-1")}], at_s=at_s)
    if spoil:
        post = replace(post, body=post.body + noise)
    verifier = EventWebhook(sendgrid_public())
    try:
        theirs = verifier.verify_signature(
            post.body.decode("utf-8"), post.headers[SIGNATURE.lower()], str(at_s)
        )
    except UnicodeDecodeError:
        theirs = False
    try:
        ours = bool(source_of("sendgrid").admit(post).nonce)
    except Refusal:
        ours = False

    assert ours == theirs


# --- SNS --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_amazons_signature_are_known(version: str) -> None:
    post = sns_call(sns_row(CONTENT), version)

    assert source_of("ses").admit(post).nonce == "n-1"
    other = post.body.replace(f'"{version}"'.encode(), b'"3"')
    with pytest.raises(Refusal):
        source_of("ses").admit(replace(post, body=other))


def test_a_topic_that_is_not_ours_is_refused_however_well_it_is_signed() -> None:
    net = Net()
    row = sns_row(CONTENT) | {"TopicArn": TOPIC.replace("123456789012", "666666666666")}

    with pytest.raises(Refusal) as refused:
        source_of("ses", net).admit(sns_call(row))
    assert refused.value.status == 403
    assert net.asked == []


@pytest.mark.parametrize(
    "url",
    [
        CERTIFICATE_URL.replace("https", "http"),
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem/../x.pem",
        "https://bucket.s3.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "file:///etc/passwd",
        "",
        "https://[",
    ],
)
def test_a_certificate_comes_from_amazon_or_is_not_even_fetched(url: str) -> None:
    net = Net()
    net.pages[url] = sns_certificate()

    with pytest.raises(Refusal):
        source_of("ses", net).admit(sns_call(sns_row(CONTENT) | {"SigningCertURL": url}))
    assert net.asked == []


def test_a_certificate_is_fetched_once_and_must_be_one_of_today() -> None:
    net = Net()
    source = source_of("ses", net)
    for number in range(3):
        source.admit(call("ses", CONTENT, nonce=f"n-{number}"))
    assert net.asked == [CERTIFICATE_URL]

    year = timedelta(days=365)
    for page in (
        sns_certificate(NOW - 2 * year, NOW - year),
        sns_certificate(NOW + year, NOW + 2 * year),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"",
    ):
        net = Net({CERTIFICATE_URL: page})
        with pytest.raises(Refusal) as refused:
            source_of("ses", net).admit(call("ses", CONTENT))
        assert refused.value.status == 401


def test_amazon_out_of_reach_is_told_so_that_it_calls_again() -> None:
    with pytest.raises(Refusal) as refused:
        source_of("ses", Net({})).admit(call("ses", CONTENT))
    assert refused.value.status == 503


def test_a_subscription_is_confirmed_at_amazons_alone() -> None:
    good = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    row = sns_row("You have chosen to subscribe") | {
        "Type": "SubscriptionConfirmation",
        "Token": "2336",
        "SubscribeURL": good,
    }
    del row["Subject"]

    assert source_of("ses").admit(sns_call(row)).confirm == good
    for bad in ("http://sns.eu-west-1.amazonaws.com/", "https://evil.example/", "", "ftp://x"):
        with pytest.raises(Refusal):
            source_of("ses").admit(sns_call(row | {"SubscribeURL": bad}))


@given(st.text(max_size=80))
def test_no_text_is_taken_for_amazons_but_its_own(text: str) -> None:
    assert not is_amazons(text)
    assert not is_amazons(f"https://{text}.amazonaws.com.example/")
    assert is_amazons("https://sns.us-gov-west-1.amazonaws.com/")
    assert is_amazons("https://sns.cn-north-1.amazonaws.com.cn/")


# --- Mailgun, Resend, and those who sign nothing ----------------------------------------


def test_mailguns_account_above_may_sign_too() -> None:
    post = call("mailgun", {"event": "delivered"})
    row = json.loads(post.body)
    row["signature"]["parent-signature"] = row["signature"]["signature"]
    row["signature"]["signature"] = "0" * 64

    assert source_of("mailgun").admit(replace(post, body=json.dumps(row).encode())).nonce


@pytest.mark.parametrize(
    "proof",
    [
        None,
        [],
        "x",
        {},
        {"timestamp": NOW_S, "token": "t", "signature": 5},
        {"timestamp": str(NOW_S), "token": "ü", "signature": "ü"},
        {"timestamp": str(NOW_S), "token": "t", "signature": "\ud800"},
        {"timestamp": "1" * 5000, "token": "t", "signature": "x"},
    ],
)
def test_what_mailgun_never_writes_is_refused(proof: object) -> None:
    body = json.dumps({"signature": proof, "event-data": {}}).encode()

    with pytest.raises(Refusal):
        source_of("mailgun").admit(Post({}, body, NOW))


def test_a_password_that_is_empty_opens_nothing() -> None:
    from composer.events.webhooks.basic import BasicAuth

    for username, password in (("", ""), ("a", ""), ("", "b")):
        told = base64.b64encode(f"{username}:{password}".encode()).decode()
        with pytest.raises(Refusal):
            BasicAuth(username, password).admit(Post({"authorization": f"Basic {told}"}, b"", NOW))


def test_a_key_that_is_none_is_told_when_the_site_is_opened() -> None:
    for key in ("", "abc", "ä", base64.b64encode(b"no key").decode()):
        with pytest.raises(ConfigError):
            Sendgrid.of(key, 1.0)
    with pytest.raises(ConfigError):
        Resend.of("whsec_?", 1.0)


headers = st.dictionaries(
    st.sampled_from(
        [
            SIGNATURE.lower(),
            TIMESTAMP.lower(),
            "svix-id",
            "svix-timestamp",
            "svix-signature",
            "authorization",
        ]
    ),
    st.text(max_size=40) | st.just(str(NOW_S)) | st.just("v1,AAAA") | st.just("Basic YTpi"),
)
jsonish = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "signature",
                    "timestamp",
                    "token",
                    "Type",
                    "TopicArn",
                    "Message",
                    "Timestamp",
                    "SigningCertURL",
                    "event-data",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
).map(lambda made: json.dumps(made).encode())


@given(st.sampled_from(PROVIDERS), headers, st.binary(max_size=80) | jsonish)
def test_whatever_a_stranger_sends_is_refused_and_nothing_worse(
    name: str, given_headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(Refusal):
        source_of(name).admit(Post(given_headers, body, NOW))


def test_secrets_are_not_shown() -> None:
    shown = repr([source_of(name) for name in PROVIDERS])

    for secret in ("key-for-tests", "ümlaut", "thirty-two"):
        assert secret not in shown
    assert isinstance(source_of("ses"), Ses)
    assert isinstance(source_of("ses").topics, Topics)  # type: ignore[attr-defined]
    assert isinstance(source_of("mailgun"), Mailgun)
