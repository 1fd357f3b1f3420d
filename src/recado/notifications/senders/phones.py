"""What SMS have in common, whoever sends them."""

from __future__ import annotations

import re

from recado.errors import Unprocessable

#: So much goes in the parts of one SMS with characters of every language.
MOST_TEXT = 600
_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)  # E.164


def check_phone(address: str) -> None:
    """Raises Unprocessable."""
    if not _PHONE.fullmatch(address):
        raise Unprocessable("A phone is written with its country, like +573001234567.")
