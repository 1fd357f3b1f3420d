"""Nobody who does not hold the auth token gets a message in."""

from __future__ import annotations

import hashlib

import pytest

from recado.channels.twilio import TwilioChannel
from recado.channels.twilio.signature import sign
from recado.errors import InvalidSignature
from tests.support.twilio import form_of, signed

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
BODY = form_of(
    CallSid="CA1234567890ABCDE",
    Digits="1234",
    From="+14158675309",
    To="+18005551212",
    Caller="+14158675309",
)
FORM = {"content-type": "application/x-www-form-urlencoded"}
#: Of Twilio's documentation, with the token 12345.
GOOD = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
JSON = b'{"property": "value", "boolean": true}'
JSON_URL = f"{URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
GOOD_JSON = "a9nBmqA0ju/hNViExpshrM61xv4="


def verify(url: str, body: bytes, headers: dict[str, str], *secrets: str) -> None:
    TwilioChannel().verify(headers, body, secrets or ("12345",), url)


@pytest.mark.parametrize("secrets", [("12345",), ("old", "12345"), ("12345", "old"), ("", "12345")])
def test_twilios_documented_form_gets_in(secrets: tuple[str, ...]) -> None:
    verify(URL, BODY, {**FORM, "x-twilio-signature": GOOD}, *secrets)


def test_twilios_documented_json_gets_in() -> None:
    headers = {"content-type": "application/json", "x-twilio-signature": GOOD_JSON}
    verify(JSON_URL, JSON, headers)


@pytest.mark.parametrize(
    ("signed_url", "called_url"),
    [
        ("https://example.com/x", "https://example.com:8443/x"),
        ("https://example.com:8443/x", "https://example.com:8443/x"),
        ("https://example.com:443/x", "https://example.com/x"),
        ("https://example.com/x", "https://example.com:443/x"),
        ("http://example.com:80/x?a=1", "http://example.com/x?a=1"),
        ("https://example.com/x", "https://user:secret@example.com/x"),
        ("https://example.com/x?", "https://example.com/x?"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
    ],
)
def test_a_port_that_twilio_leaves_out_or_adds_changes_nothing(
    signed_url: str, called_url: str
) -> None:
    verify(called_url, BODY, signed(signed_url, BODY, "12345"))


@pytest.mark.parametrize(
    ("signed_url", "called_url"),
    [
        ("https://example.com/x", "http://example.com/x"),
        ("https://example.com/x", "https://example.com/x/"),
        ("https://example.com/x", "https://example.com/x?a=1"),
        ("https://example.com/x", "https://example.org/x"),
        ("https://example.com:8443/x", "https://example.com:9443/x"),
    ],
)
def test_another_address_is_refused_and_the_setting_is_named(
    signed_url: str, called_url: str
) -> None:
    with pytest.raises(InvalidSignature, match="RECADO_PUBLIC_URL"):
        verify(called_url, BODY, signed(signed_url, BODY, "12345"))


def test_repeated_and_empty_fields_are_signed_as_twilios_validators_do() -> None:
    body = b"B=2&A=&B=1&B=2"
    fields = [("A", ""), ("B", "1"), ("B", "2")]
    headers = {**FORM, "x-twilio-signature": sign(URL, fields, "12345")}
    verify(URL, body, headers)


def test_the_order_of_the_fields_does_not_matter_but_their_case_does() -> None:
    headers = {**FORM, "x-twilio-signature": sign(URL, [("A", "1"), ("a", "2")], "12345")}
    verify(URL, b"a=2&A=1", headers)
    with pytest.raises(InvalidSignature):
        verify(URL, b"a=1&A=2", headers)


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        ({}, BODY, ("12345",)),
        ({"x-twilio-signature": ""}, BODY, ("12345",)),
        ({"x-twilio-signature": GOOD[:-1]}, BODY, ("12345",)),
        ({"x-twilio-signature": GOOD.lower()}, BODY, ("12345",)),
        ({"x-twilio-signature": GOOD + "="}, BODY, ("12345",)),
        ({"x-twilio-signature": "ñ" * 28}, BODY, ("12345",)),
        ({"x-twilio-signature": "\ud800"}, BODY, ("12345",)),
        ({"x-twilio-signature": GOOD}, BODY + b"&Body=more", ("12345",)),
        ({"x-twilio-signature": GOOD}, BODY.replace(b"1234&", b"1235&"), ("12345",)),
        ({"x-twilio-signature": GOOD}, BODY, ("another",)),
        # An unset token must not turn into the well-known key "".
        ({"x-twilio-signature": signed(URL, BODY, "")["x-twilio-signature"]}, BODY, ("",)),
    ],
)
def test_an_unverified_webhook_stays_out(
    headers: dict[str, str], body: bytes, secrets: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidSignature):
        verify(URL, body, {**FORM, **headers}, *secrets)


def test_without_any_token_everything_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        TwilioChannel().verify({**FORM, "x-twilio-signature": GOOD}, BODY, [], URL)


def test_a_body_that_no_hash_covers_is_refused() -> None:
    """Else a signature over a bare URL would let anyone write the body."""
    bare = sign(URL, [], "12345")
    for kind in ("application/json", "text/plain", ""):
        with pytest.raises(InvalidSignature):
            verify(URL, JSON, {"content-type": kind, "x-twilio-signature": bare})


def test_a_json_body_that_was_changed_is_refused() -> None:
    headers = {"content-type": "application/json", "x-twilio-signature": GOOD_JSON}
    with pytest.raises(InvalidSignature, match="bodySHA256"):
        verify(JSON_URL, JSON.replace(b"true", b"false"), headers)
    digest = hashlib.sha256(b"{}").hexdigest()
    with pytest.raises(InvalidSignature):
        verify(f"{URL}&bodySHA256={digest}", b"{}", headers)


@pytest.mark.parametrize("url", ["", "http://[", "https://example.com:x/y", "\x00", "example.com"])
def test_an_address_that_is_none_is_refused_and_never_raises_otherwise(url: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(url, BODY, {**FORM, "x-twilio-signature": GOOD})


def test_a_form_with_more_fields_than_twilio_sends_is_refused_unread() -> None:
    with pytest.raises(InvalidSignature):
        verify(URL, b"&".join(b"a=1" for _ in range(5000)), {**FORM, "x-twilio-signature": GOOD})
