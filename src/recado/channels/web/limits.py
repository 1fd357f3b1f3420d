"""WhatsApp's limits for what goes out on the web line.

What looks right in the simulator is then what WhatsApp takes: the same builder reads it. A stored
file stands for one that the media API would hold.
"""

from __future__ import annotations

from typing import Any

import msgspec

from recado.channels.messages import Identity, OutboundMessage, Recipient
from recado.channels.whatsapp.send import build

_ANYBODY = Recipient((Identity("phone", "10000000000"),))


def check(message: OutboundMessage) -> None:
    """Raises SendRejected, as WhatsApp's adapter does: it says which limit is broken."""
    content = {key: _with_id(value) for key, value in message.content.items()}
    build(msgspec.structs.replace(message, to=_ANYBODY, content=content, file=None))


def _with_id(value: Any) -> Any:
    """The same, where files that Recado keeps have an `id` as those of the media API do."""
    if isinstance(value, dict):
        found = {key: _with_id(inner) for key, inner in value.items()}
        if isinstance(found.get("media_id"), str) and "id" not in found:
            found["id"] = found["media_id"]
        return found
    return [_with_id(inner) for inner in value] if isinstance(value, list) else value
