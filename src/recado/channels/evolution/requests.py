"""A request to Evolution, and what every builder of one needs."""

from __future__ import annotations

import msgspec

from recado.channels.evolution.lenient import Json, first_text
from recado.channels.whatsapp.limits import within
from recado.errors import SendRejected

BAILEYS, BUSINESS = "WHATSAPP-BAILEYS", "WHATSAPP-BUSINESS"


class Request(msgspec.Struct):
    action: str
    body: Json


class Context(msgspec.Struct):
    """What a builder needs beside the message: the instance's integration ("" when nobody has
    asked yet), and the stored file as base64 or as a link ("" when there is none)."""

    integration: str = ""
    file: str = ""


def refuse_on(integration: str, context: Context, what: str) -> None:
    """Raises SendRejected when the instance stands on that integration."""
    if context.integration == integration:
        raise SendRejected(f"Evolution API sends no {what} on an instance with {integration}")


def link_of(media: Json) -> str:
    """The link of a file or a button. Raises SendRejected: none, or not a web address."""
    link = first_text(media.get("link"), media.get("url"))
    if not link.lower().startswith(("http://", "https://")):
        raise SendRejected("It needs a link that starts with http:// or https://")
    return within("file link", link)
