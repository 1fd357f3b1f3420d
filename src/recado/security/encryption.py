"""Field encryption with key rotation: `RECADO_SECRET_KEY` is one secret or a list of them.

The first secret encrypts, all of them decrypt: put a new one in front, and the old ones go once
everything was written again (`recado doctor` tells).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from recado.errors import SettingsError


class Cipher:
    def __init__(self, secrets: Sequence[str]) -> None:
        """Raises SettingsError when there is no secret."""
        if not secrets:
            raise SettingsError("RECADO_SECRET_KEY is empty.")
        fernets = [Fernet(_key(secret)) for secret in secrets]
        self._newest, self._fernet = fernets[0], MultiFernet(fernets)
        signing_keys = [
            hashlib.sha256(b"recado/sign/" + secret.encode()).digest() for secret in secrets
        ]
        self.signing_key, self._signing_keys = signing_keys[0], signing_keys

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def marks_of(self, secret: str) -> list[str]:
        """By what a secret is known again where it must not stand itself: the newest key's mark
        first, then those of the keys before it."""
        said = b"mark/" + secret.encode()
        return [hmac.digest(key, said, "sha256").hex()[:32] for key in self._signing_keys]

    def decrypt(self, token: str) -> str:
        """Raises SettingsError when none of the secrets made the token."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SettingsError(
                "Stored credentials cannot be decrypted: RECADO_SECRET_KEY is not the one they"
                " were written with. Put the old key behind the new one, separated by a comma."
            ) from error

    def is_current(self, token: str) -> bool:
        """Whether the first secret alone decrypts it: then the others are not needed for it."""
        try:
            self._newest.decrypt(token.encode())
        except InvalidToken:
            return False
        return True


def _key(secret: str) -> bytes:
    """A Fernet key from a secret of any form. Secrets are random, so a plain hash will do."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"recado/field/" + secret.encode()).digest())
