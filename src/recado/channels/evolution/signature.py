"""Proof that a webhook comes from our Evolution API: a token, or a JWT signed with it.

Evolution sends the headers that its webhook was set up with; a header `jwt_key` it replaces by
`Authorization: Bearer` with a JWT (HS256; iat, exp ten minutes later, app, action). The global
webhook has no headers, only the instance's key as `apikey` in the body.

Source: github.com/EvolutionAPI/evolution-api,
src/api/integrations/event/webhook/webhook.controller.ts
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping, Sequence

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from recado.errors import InvalidSignature

#: How long Evolution's JWT is good, and how far two clocks may differ.
JWT_SECONDS = 600
LEEWAY_SECONDS = 60
#: 112 bits, the least for a key of HS256 (NIST SP 800-131A).
_SHORTEST_KEY = 14


_WRONG = (
    "No EVOLUTION_WEBHOOK_TOKEN fits: set the webhook's headers at Evolution to"
    ' {"Authorization": "Bearer TOKEN"}'
)


class _Body(msgspec.Struct):
    apikey: str = ""


def check_headers(headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    """Raises InvalidSignature: the headers have tokens, of which none fits or may be a JWT."""
    tokens, known = _tokens_in(headers), [secret for secret in secrets if secret]
    if tokens and not _is_jwt(tokens[0]) and not any(_equal(token, known) for token in tokens):
        raise InvalidSignature(_WRONG)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Sequence[str]:
    """Check the token of a webhook; `headers` has lower-case names, `secrets` are the tokens of
    all lines. Those that fit come back.

    Raises InvalidSignature: no token, none that fits, an expired JWT, or none is configured.
    """
    known = [secret for secret in secrets if secret]
    fitting = _fitting(headers, known)
    if not fitting and not _tokens_in(headers):
        fitting = _equal(_key_in(body), known)
    if not fitting:
        raise InvalidSignature(_WRONG)
    return fitting


def _tokens_in(headers: Mapping[str, str]) -> list[str]:
    return [token for token in (_bearer(headers), headers.get("apikey", "").strip()) if token]


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else ""


def _is_jwt(token: str) -> bool:
    return token.count(".") == 2


def _fitting(headers: Mapping[str, str], known: Sequence[str]) -> list[str]:
    fitting = [secret for token in _tokens_in(headers) for secret in _equal(token, known)]
    bearer = _bearer(headers)
    if not fitting and _is_jwt(bearer):
        fitting = [secret for secret in known if _signed(bearer, secret)]
    return fitting


def _equal(given: str, secrets: Sequence[str]) -> list[str]:
    """Every secret is compared, so that the time taken does not tell which of them fits."""
    token = given.encode("utf-8", "replace")
    return [it for it in secrets if hmac.compare_digest(it.encode(), token) and token]


def _signed(token: str, secret: str) -> bool:
    if len(secret.encode()) < _SHORTEST_KEY:
        return False
    try:
        claims = jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        return False
    issued, expires, now = claims.get("iat"), claims.get("exp"), time.time()
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        return False
    # Its age counts beside its own `exp`, so that a captured webhook is no key for ever. Only
    # comparisons: a number of any size may stand there.
    oldest, newest = now - JWT_SECONDS - LEEWAY_SECONDS, now + LEEWAY_SECONDS
    return oldest <= issued <= newest and now - LEEWAY_SECONDS <= expires


def _key_in(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Body).apikey
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
