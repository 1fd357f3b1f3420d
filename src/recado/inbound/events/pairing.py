"""How the link between an Evolution instance and its phone stands: `line.state["connection"]` is
open, connecting or closed, as `Connection.state` says it.

Source: github.com/EvolutionAPI/evolution-api, connectionUpdate in
src/api/integrations/channel/whatsapp/whatsapp.baileys.service.ts
"""

from __future__ import annotations

from recado.inbound.events.news import News
from recado.lines.standing import set_state
from recado.store import Tx

_STATES = {"open": "open", "connecting": "connecting", "close": "closed", "refused": "closed"}


def connection(tx: Tx, news: News) -> None:
    state = news.value.get("state")
    known = _STATES.get(state) if isinstance(state, str) else None
    if known is not None:
        for line in news.lines:
            set_state(tx, line.id, "connection", known)
