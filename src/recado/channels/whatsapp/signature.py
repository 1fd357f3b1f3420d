"""Proof that a webhook comes from Meta: the signature of a POST, the token of a subscription.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from recado.errors import InvalidSignature

HEADER = "x-hub-signature-256"
_PREFIX = "sha256="
_SIGNATURE = re.compile(f"{_PREFIX}[0-9a-f]{{64}}")


def check_header(headers: Mapping[str, str]) -> None:
    """Raises InvalidSignature: the header is missing or malformed, whatever the body."""
    if not _SIGNATURE.fullmatch(headers.get(HEADER, "")):
        raise InvalidSignature("The header X-Hub-Signature-256 is missing or is not sha256=…")


def verify_signature(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
) -> Sequence[str]:
    """Check `X-Hub-Signature-256: sha256=<hex>`, an HMAC-SHA256 over the raw body.

    `headers` has lower-case names; `secrets` are the app secrets of all lines. Each one is
    tried, so that the time taken does not tell which of them fits; those that do come back.

    Raises InvalidSignature: header missing or malformed, no secret fits, or none is configured.
    """
    check_header(headers)
    digest = headers[HEADER].removeprefix(_PREFIX)
    fitting = []
    for secret in secrets:
        if secret:
            signing = _keyed(secret).copy()
            signing.update(body)
            if hmac.compare_digest(signing.hexdigest(), digest):
                fitting.append(secret)
    if not fitting:
        raise InvalidSignature(
            "No app secret fits the signature: compare WHATSAPP_APP_SECRET with the app's "
            "secret in Meta's dashboard (App settings, Basic)"
        )
    return fitting


@lru_cache(maxsize=64)
def _keyed(secret: str) -> hmac.HMAC:
    """To be copied: preparing the key takes longer than to sign a short body with it."""
    return hmac.new(secret.encode(), digestmod="sha256")


def verify_subscription(query: Mapping[str, str], tokens: Sequence[str]) -> str:
    """Answer Meta's GET when a webhook is subscribed: the challenge to send back as plain text.

    `query` holds `hub.mode`, `hub.verify_token` and `hub.challenge`; `tokens` are the verify
    tokens of all lines.

    Raises InvalidSignature: another mode, no challenge, no token fits, or none is configured.
    """
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    fits = False
    for token in tokens:
        if token:
            fits |= hmac.compare_digest(token.encode(), given)
    challenge = query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not challenge or not fits:
        raise InvalidSignature("The subscription's mode, verify token or challenge is wrong")
    return challenge
