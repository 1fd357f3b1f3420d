"""Nobody who does not hold the app secret gets a message in."""

from __future__ import annotations

import pytest

from recado.channels.whatsapp import WhatsAppChannel
from recado.channels.whatsapp.signature import verify_subscription
from recado.errors import InvalidSignature
from tests.support.payloads import sign

BODY = b'{"object":"whatsapp_business_account"}'
GOOD = sign(BODY, "new secret")["x-hub-signature-256"]


@pytest.mark.parametrize(
    "secrets",
    [
        ["new secret"],
        ["old secret", "new secret"],
        ["new secret", "old secret"],
        ["", "new secret"],
    ],
)
def test_a_webhook_signed_with_any_of_the_secrets_gets_in(secrets: list[str]) -> None:
    WhatsAppChannel().verify({"x-hub-signature-256": GOOD}, BODY, secrets)


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        ({}, BODY, ["new secret"]),
        ({"x-hub-signature-256": ""}, BODY, ["new secret"]),
        ({"x-hub-signature-256": "sha256="}, BODY, ["new secret"]),
        ({"x-hub-signature-256": GOOD.removeprefix("sha256=")}, BODY, ["new secret"]),
        ({"x-hub-signature-256": GOOD.replace("sha256", "sha1")}, BODY, ["new secret"]),
        ({"x-hub-signature-256": GOOD[:-1]}, BODY, ["new secret"]),
        ({"x-hub-signature-256": GOOD + "0"}, BODY, ["new secret"]),
        ({"x-hub-signature-256": "sha256=" + "é" * 64}, BODY, ["new secret"]),
        ({"x-hub-signature-256": "sha256=\ud800"}, BODY, ["new secret"]),
        ({"x-hub-signature-256": GOOD}, BODY + b" ", ["new secret"]),
        ({"x-hub-signature-256": GOOD}, BODY, ["old secret"]),
        ({"x-hub-signature-256": GOOD}, BODY, []),
        # An unset secret must not turn into the well-known key "".
        ({"x-hub-signature-256": sign(BODY, "")["x-hub-signature-256"]}, BODY, [""]),
        # The older header, with SHA-1, is not enough.
        ({"x-hub-signature": "sha1=" + "0" * 40}, BODY, ["new secret"]),
    ],
)
def test_an_unverified_webhook_stays_out(
    headers: dict[str, str], body: bytes, secrets: list[str]
) -> None:
    with pytest.raises(InvalidSignature):
        WhatsAppChannel().verify(headers, body, secrets)


def test_a_subscription_with_the_token_gets_its_challenge_back() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "tok", "hub.challenge": "1158201444"}
    assert verify_subscription(query, ["another", "tok"]) == "1158201444"


@pytest.mark.parametrize(
    ("query", "tokens"),
    [
        ({}, ["tok"]),
        ({"hub.mode": "subscribe", "hub.verify_token": "tok"}, ["tok"]),
        ({"hub.mode": "unsubscribe", "hub.verify_token": "tok", "hub.challenge": "1"}, ["tok"]),
        ({"hub.mode": "subscribe", "hub.verify_token": "no", "hub.challenge": "1"}, ["tok"]),
        ({"hub.mode": "subscribe", "hub.verify_token": "ñ", "hub.challenge": "1"}, ["tok"]),
        ({"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}, [""]),
        ({"hub.mode": "subscribe", "hub.verify_token": "tok", "hub.challenge": "1"}, []),
    ],
)
def test_a_subscription_without_the_token_is_refused(
    query: dict[str, str], tokens: list[str]
) -> None:
    with pytest.raises(InvalidSignature):
        verify_subscription(query, tokens)
