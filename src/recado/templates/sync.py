"""Templates from the vendor: taken over whole, on demand and once an hour.

A vendor that cannot be asked changes nothing: the known templates stay, and the line's state says
why (`state["templates"]`: {"synced_at", "count"} or with "error").
"""

from __future__ import annotations

import structlog
from sqlalchemy import delete, select

from recado.channels.port import Line, TemplateInfo
from recado.errors import RecadoError, Unprocessable
from recado.lines.model import LineRow
from recado.lines.standing import set_state
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.templates.model import Template

log = structlog.get_logger(__name__)

SYNC_SECONDS = 3600.0
#: How often it looks whether a line's templates are older than that.
LOOK_SECONDS = 300.0


async def sync_templates(runtime: Runtime, line: Line) -> int:
    """Ask the vendor, and keep what it says. Returns how many there are.

    Raises Unprocessable (the channel has none), and what the channel's `list_templates` raises.
    """
    channel = runtime.channels[line.channel]
    if "templates" not in channel.capabilities.features:
        raise Unprocessable(f"{channel.title} has no message templates.")
    try:
        found = await channel.list_templates(line)
    except RecadoError as error:
        detail = error.detail
        await runtime.store.write(lambda tx: _note_failure(tx, line.id, detail))
        raise
    return await runtime.store.write(lambda tx: _take_over(tx, line.id, found))


async def refresh_templates(runtime: Runtime) -> int:
    """Synchronise the lines that were not asked for an hour. Returns how many templates they
    have. A line that fails is logged, and stops no other."""
    return sum([await _sync_quietly(runtime, line) for line in await _stale_lines(runtime)])


async def _sync_quietly(runtime: Runtime, line: Line) -> int:
    try:
        await _learn_number(runtime, line)
        return await sync_templates(runtime, line)
    except RecadoError as error:
        log.warning("templates not synchronised", line=line.id, error=str(error))
        return 0


async def _learn_number(runtime: Runtime, line: Line) -> None:
    """So that a report which names a number reaches its line, where the account has several."""
    number = await runtime.channels[line.channel].shown_number(line)
    if number:
        await runtime.store.write(lambda tx: set_state(tx, line.id, "number", number))


async def _stale_lines(runtime: Runtime) -> list[Line]:
    """Enabled lines of a channel with templates that were not asked for an hour."""
    lines = [
        line
        for line in await runtime.lines.all()
        if line.enabled
        and "templates" in runtime.channels[line.channel].capabilities.features
        and any(line.credentials.values())
    ]
    if not lines:
        return []
    states = await runtime.store.read(lambda tx: tx.all(select(LineRow.id, LineRow.state)))
    asked_at = {row.id: (row.state or {}).get("templates", {}).get("asked_at", 0) for row in states}
    return [line for line in lines if now() - asked_at.get(line.id, 0) > SYNC_SECONDS]


def _take_over(tx: Tx, line_id: str, found: list[TemplateInfo]) -> int:
    """What the vendor has is written, what it no longer has is removed."""
    tx.lock(f"templates/{line_id}")
    moment = now()
    tx.execute(delete(Template).where(Template.line_id == line_id))
    rows = {
        (it.name, it.language): {
            "id": new_id(),
            "line_id": line_id,
            "provider_id": it.provider_id,
            "name": it.name,
            "language": it.language,
            "category": it.category,
            "status": it.status,
            "components": it.components,
            "quality": it.quality,
            "reason": it.reason,
            "synced_at": moment,
        }
        for it in found
    }
    if rows:
        tx.execute(tx.insert(Template), list(rows.values()))
    known = {"asked_at": moment, "synced_at": moment, "count": len(rows)}
    set_state(tx, line_id, "templates", known)
    return len(rows)


def _note_failure(tx: Tx, line_id: str, detail: str) -> None:
    state = tx.scalar(select(LineRow.state).where(LineRow.id == line_id)) or {}
    known = state.get("templates") or {}
    set_state(tx, line_id, "templates", {**known, "asked_at": now(), "error": detail})
