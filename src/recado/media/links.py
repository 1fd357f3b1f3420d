"""Links under which a provider can fetch a file that goes out: signed, and good for an hour.

Some providers (Twilio) take no bytes, only a link. It names one file and the time of its end, and
RECADO_SECRET_KEY vouches for both; whoever has the link has the file until then.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from recado.errors import NotFound
from recado.security.encryption import Cipher

LIFE_SECONDS = 3600.0
PREFIX = "/files/"


def link_path(cipher: Cipher, media_id: str, *, at: float) -> str:
    """The path of a link that is made at the time `at`."""
    until = f"{int(at + LIFE_SECONDS):x}"
    return f"{PREFIX}{media_id}.{until}.{_signature(cipher, media_id, until)}"


def read_token(cipher: Cipher, token: str, *, at: float) -> str:
    """The id of the file that the link is for.

    Raises NotFound: not ours, or past its time; a stranger learns no more than that.
    """
    media_id, _, rest = token.partition(".")
    until, _, signature = rest.partition(".")
    expected = _signature(cipher, media_id, until)
    if not hmac.compare_digest(signature.encode(), expected.encode()) or int(until, 16) < at:
        raise NotFound("There is no such file, or its link has expired.")
    return media_id


def _signature(cipher: Cipher, media_id: str, until: str) -> str:
    said = f"file/{media_id}/{until}".encode()
    digest = hmac.new(cipher.signing_key, said, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
