"""What an identity is worth: which decides, and whether it is one person's."""

from __future__ import annotations

from recado.channels.messages import Identity
from recado.conversations.numbers import canonical

#: From the strongest to the weakest.
STRENGTH = {"bsuid": 0, "phone": 1, "provider": 2, "username": 3}


def is_personal(identity: Identity) -> bool:
    """A user id of one business, not the parent one that several of a company's share."""
    return identity.kind == "bsuid" and identity.value[2:7] != ".ENT."


def is_account(identity: Identity) -> bool:
    """WhatsApp's own address of one account (`@lid`), which the number's next owner has not."""
    return identity.kind == "provider" and identity.value.endswith("@lid")


def canonical_form(identity: Identity) -> str:
    """One form for all in which it may be written."""
    return canonical(identity.value) if identity.kind == "phone" else identity.value
