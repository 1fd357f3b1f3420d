"""What became of a message: WhatsApp Web's acknowledgements, and Meta's words in upper case.

Source: github.com/EvolutionAPI/evolution-api, src/utils/renderStatus.ts and, for instances on the
Cloud API, src/api/integrations/channel/meta/whatsapp.business.service.ts
"""

from __future__ import annotations

from typing import Literal

from recado.channels.evolution import addresses
from recado.channels.evolution.lenient import Json, obj, seconds, text
from recado.channels.messages import InboundStatus, ProviderError

DELETED: Literal["deleted"] = "deleted"
Word = Literal["sent", "delivered", "read", "played", "failed"]
WORDS: dict[str, Word] = {
    "SERVER_ACK": "sent", "SENT": "sent", "2": "sent",
    "DELIVERY_ACK": "delivered", "DELIVERED": "delivered", "3": "delivered",
    "READ": "read", "4": "read",
    "PLAYED": "played", "5": "played",
    "ERROR": "failed", "FAILED": "failed", "0": "failed",
}  # fmt: skip
_NO_REASON = ProviderError(
    "ERROR", "WhatsApp did not take the message", "Evolution API passes on no reason."
)


def status_item(
    item: Json, key: Json, id: str, channel: str, line: str
) -> InboundStatus | Literal["deleted"] | None:
    """The status that an item reports; DELETED when it says that the message was taken back, None
    when it reports no status of a message of ours."""
    named = item.get("status")
    named = obj(item.get("update")).get("status") if named is None else named
    word = text(named, 50).upper()
    if word == "DELETED":
        return DELETED
    if word not in WORDS or not id or key.get("fromMe") is False:
        return None
    group = addresses.server_of(key.get("remoteJid")) == "g.us"
    reader = addresses.identity(item.get("participant")) if group else None
    recipient = reader or addresses.identity(key.get("remoteJid"))
    if recipient is None:
        return None
    failed = WORDS[word] == "failed"
    return InboundStatus(
        channel=channel,
        line_address=line,
        provider_message_id=id,
        status=WORDS[word],
        at=seconds(obj(item.get("update")).get("messageTimestamp"), item.get("datetime")),
        recipient=recipient,
        error=_NO_REASON if failed else None,
        raw=item,
    )
