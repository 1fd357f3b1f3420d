"""Proof that a webhook comes from Twilio: X-Twilio-Signature.

Twilio signs the URL that it called and, of a form, every field: the URL, then each name with its
value, sorted by name, HMAC-SHA1 with the account's auth token, in base64. Of any other body only
the URL is signed, which then carries the body's SHA-256 as `bodySHA256`.

Source: www.twilio.com/docs/usage/security and www.twilio.com/docs/usage/webhooks/webhooks-security;
for ports and repeated fields, Twilio's validators (github.com/twilio/twilio-python, pull request
477: "sig generation on back end is inconsistent", so a port may or may not be part of it).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import SplitResult, parse_qs, urlsplit

from recado.channels.twilio.form import pairs_of
from recado.errors import InvalidSignature, UnparsablePayload

HEADER = "x-twilio-signature"
_PORTS = {"https": 443, "http": 80}
_WRONG = (
    "No auth token fits X-Twilio-Signature for {url}: RECADO_PUBLIC_URL must be the very address "
    "that you entered at Twilio (scheme, host, path), and TWILIO_AUTH_TOKEN the primary auth token "
    "of the account"
)


def check_header(headers: Mapping[str, str]) -> None:
    """Raises InvalidSignature: there is none, whatever the body."""
    if not headers.get(HEADER):
        raise InvalidSignature("The header X-Twilio-Signature is missing: Twilio did not send this")


def verify_signature(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], url: str
) -> Sequence[str]:
    """Check the signature of a request to `url`, its public address.

    `headers` has lower-case names; `secrets` are the auth tokens of all lines. Each one is tried
    with each form of the URL, so that the time taken does not tell which of them fits. Those that
    do come back.

    Raises InvalidSignature: header missing, no token fits, or none is configured.
    """
    check_header(headers)
    given = headers[HEADER].encode("utf-8", "replace")
    try:
        fields = _signed_fields(headers, body, url)
        urls = _as_twilio_may_write_it(url)
    except (UnparsablePayload, ValueError) as error:
        raise InvalidSignature(f"The request cannot have been signed by Twilio: {error}") from error
    fitting = []
    for secret in secrets:
        fits = False
        for candidate in urls if secret else ():
            expected = sign(candidate, fields, secret).encode()
            fits |= hmac.compare_digest(expected, given)
        if fits:
            fitting.append(secret)
    if not fitting:
        raise InvalidSignature(_WRONG.format(url=url.partition("?")[0]))
    return fitting


def sign(url: str, fields: Iterable[tuple[str, str]], secret: str) -> str:
    """The signature of a request. A field that comes twice with one value is signed once, as
    Twilio's own validators do."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha1")
    return base64.b64encode(digest).decode()


def _signed_fields(headers: Mapping[str, str], body: bytes, url: str) -> list[tuple[str, str]]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body or kind == "application/x-www-form-urlencoded":
        return pairs_of(body)
    # Such a body is signed through its hash alone: without one, anyone could have written it.
    given = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0].lower()
    found = hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(found.encode(), given.encode("utf-8", "replace")):
        raise InvalidSignature("The body does not fit the bodySHA256 in the URL")
    return []


def _as_twilio_may_write_it(url: str) -> list[str]:
    """As it stands, without a port, and with the scheme's own port; never with a password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = host.rpartition(":")[0] if _has_port(parts) else host
    port = parts.port or _PORTS.get(parts.scheme, 0)
    hosts = dict.fromkeys((host, bare, f"{bare}:{port}"))
    # geturl() would tidy the rest ("?" without a query), and the rest is signed as it stands.
    _, _, rest = url.partition(parts.netloc) if parts.netloc else ("", "", "")
    return [f"{parts.scheme}://{host}{rest}" for host in hosts]


def _has_port(parts: SplitResult) -> bool:
    return parts.port is not None
