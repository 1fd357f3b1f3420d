"""Passwords: argon2id through pwdlib, checked off the event loop and in even time."""

from __future__ import annotations

import os
from functools import cache

from pwdlib import PasswordHash

from recado.errors import Unprocessable
from recado.language.reading import composed_accents
from recado.resilience.bulkhead import ThreadBulkhead

#: NIST SP 800-63B, 3.1.1.2: length is what counts; no rules about kinds of characters.
MIN_LENGTH = 10
MAX_LENGTH = 200


#: Each check takes 64 MB and a core for a moment: at most ten at once, and no more than there are
#: cores. A rush of sign-ins waits here, and keeps no file or knowledge base waiting.
_CHECKS = ThreadBulkhead("password", places=min(10, os.cpu_count() or 1), waiting=50)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _decoy() -> str:
    """The hash that is checked when there is no such user, so that both take the same time."""
    return _hasher().hash("nobody has this password")


async def hash_password(password: str) -> str:
    """Raises Unprocessable: too short or too long. TooManyRequests: too many at once."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Unprocessable(
            f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters; this one has {len(password)}."
        )
    # NIST SP 800-63B, 3.1.1.2: normalised, for keyboards write one accent in two ways.
    return await _CHECKS.run(lambda: _hasher().hash(composed_accents(password)))


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is right. None or "" (no user, no password) takes as long as wrong.

    Raises TooManyRequests: too many sign in at this moment.
    """
    if len(password) > MAX_LENGTH:
        return False

    def verify() -> bool:
        known = bool(password_hash)
        # As it was typed, too: an older hash may be of that.
        written = dict.fromkeys((composed_accents(password), password))
        right = [_hasher().verify(it, password_hash or _decoy()) for it in written]
        return any(right) and known

    return await _CHECKS.run(verify)
