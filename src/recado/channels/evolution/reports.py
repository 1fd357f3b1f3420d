"""How the link between an Evolution instance and its phone stands.

Source: github.com/EvolutionAPI/evolution-api, connectionUpdate in
src/api/integrations/channel/whatsapp/whatsapp.baileys.service.ts
"""

from __future__ import annotations

from collections.abc import Sequence

from recado.channels.evolution.lenient import Json
from recado.channels.reports import LineState, Report

CONNECTION = "connection.update"
_STATES = {"open": "open", "connecting": "connecting", "close": "closed", "refused": "closed"}


def reports_of(name: str, value: Json) -> Sequence[Report]:
    state = value.get("state")
    known = _STATES.get(state) if name == CONNECTION and isinstance(state, str) else None
    return [LineState("connection", known)] if known is not None else []
