"""What the open pages of a user are told beside what changes: a sound, a count, a notification.

settings  {"sound", "title", "push"}: which of them the user wants
count     {"count"}: how many wait for a person, and have written to whom the user answers
alert     {"id", "title", "text", "link", "urgent"}: a notification for the desk, once
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from recado.conversations.model import Conversation
from recado.desk.frames import frame
from recado.errors import NotFound, ServiceUnavailable
from recado.notifications.deliver import is_over, words_of
from recado.notifications.keeping import FRESH_SECONDS, desk_alerts, shown
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.store.base import first_id

#: What is committed so long after its id was made is told, too.
OVERLAP_SECONDS = 30.0
_MINE = (Conversation.state == "human") & (Conversation.unread_count > 0)


class Alerts:
    """For one stream: what it has told it does not tell again. What came a while before it began,
    and no page has shown, it tells first."""

    def __init__(self, runtime: Runtime, user_id: str, language: str) -> None:
        self._runtime = runtime
        self._user_id = user_id
        self._language = language
        self._after = first_id(now() - FRESH_SECONDS)
        self._known: set[str] = set()
        self._unmarked: list[str] = []
        self._begun = False
        self._told: dict[str, str] = {}

    async def begin(self) -> list[str]:
        return await self.next()

    async def next(self) -> list[str]:
        """The frames of what is new; none while the store does not answer. Once they are on their
        way, `mark_shown` is for the caller to call."""
        try:
            count, alerts, read = await self._runtime.store.read(self._read)
        except ServiceUnavailable:
            return []
        self._begun = True
        self._remember(read)
        self._unmarked += [str(it["id"]) for it in alerts]
        told = [*self._changed("settings", self._settings()), *self._changed("count", count)]
        return [*told, *(frame("alert", it) for it in alerts)]

    async def mark_shown(self) -> None:
        """No page tells again what went out; tried once more later while the store is away."""
        if not (ids := self._unmarked):
            return
        try:
            await self._runtime.store.write(lambda tx: shown(tx, ids))
        except ServiceUnavailable:
            return
        self._unmarked = []

    def _remember(self, read: Sequence[str]) -> None:
        """Ids are made before their rows are committed, so the next look begins a while before the
        newest, and leaves out what is known."""
        if not read:
            return
        self._known.update(read)
        made_at = int(max(self._known)[:12], 16) / 1000
        self._after = max(self._after, first_id(made_at - OVERLAP_SECONDS))
        self._known = {it for it in self._known if it > self._after}

    def _read(self, tx: Tx) -> tuple[dict[str, object], list[dict[str, object]], list[str]]:
        rows = desk_alerts(tx, self._user_id, self._after, self._known)
        fresh = [it for it in rows if self._begun or it.state == "waiting"]
        known, base = self._runtime.notifications, ""
        alerts: list[dict[str, object]] = []
        for row in fresh:
            if is_over(tx, row):
                continue
            told = words_of(row, base, known, language=self._language)
            link = f"/conversations/{row.conversation_id}" if row.conversation_id else ""
            alerts.append(
                {
                    "id": row.id,
                    "title": told.title,
                    "text": "\n".join(told.lines),
                    "link": link,
                    "urgent": row.urgent,
                }
            )
        return {"count": _count(tx, self._user_id)}, alerts, [it.id for it in rows]

    def _settings(self) -> dict[str, object]:
        try:
            choice = self._runtime.notifications.person(self._user_id).choice
        except NotFound:  # joined this moment, in another process
            return {"sound": False, "title": True, "push": False}
        return {"sound": choice.sound, "title": choice.title, "push": choice.push}

    def _changed(self, event: str, data: dict[str, object]) -> list[str]:
        text = frame(event, data)
        if self._told.get(event) == text:
            return []
        self._told[event] = text
        return [text]


def _count(tx: Tx, user_id: str) -> int:
    mine = _MINE & (Conversation.assignee_id == user_id)
    counted = select(func.count()).where(
        or_(Conversation.state == "waiting", mine),
        Conversation.archived_at.is_(None),
        Conversation.deleted_at.is_(None),
    )
    return int(tx.scalar(counted) or 0)
