"""How long a template's texts may be once its variables are filled in: Meta refuses longer ones
(its error 132005), once the message is queued long since.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/templates/components and
…/support/error-codes
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recado.templates.render import Preview

BODY, HEADER, CARD_BODY, CODE, LINK = 1024, 60, 160, 20, 2000


def too_long(preview: Preview, prefix: str = "", most: int = BODY) -> Iterator[str]:
    """What is too long of a filled-in template, by the keys of the slots, with the limit."""
    yield from _over(f"{prefix}body", preview.get("body"), most)
    header = preview.get("header")
    if isinstance(header, dict):
        yield from _over(f"{prefix}header", header.get("text"), HEADER)
    for index, button in enumerate(preview.get("buttons") or ()):
        yield from _over(f"{prefix}buttons.{index}", button.get("url"), LINK)
        yield from _over(f"{prefix}buttons.{index}", button.get("code"), CODE)
    for index, card in enumerate(preview.get("cards") or ()):
        yield from too_long(card, f"{prefix}cards.{index}.", CARD_BODY)


def _over(key: str, text: Any, most: int) -> Iterator[str]:
    if isinstance(text, str) and len(text) > most:
        yield f"{key} has {len(text)} characters with its values; WhatsApp allows {most}"
