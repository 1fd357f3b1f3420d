"""Signatures of outgoing webhooks, as Standard Webhooks has them:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

#: How a secret of theirs begins; base64 follows.
PREFIX = "whsec_"
#: The specification asks for 24 to 64 bytes.
_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(keys: Sequence[str], id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a try made at `at` (Unix seconds), signed with each of the secrets."""
    signed = f"{id}.{at}.".encode() + body
    signatures = (hmac.new(_key(key), signed, hashlib.sha256).digest() for key in keys)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(it).decode()}" for it in signatures),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
