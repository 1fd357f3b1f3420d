"""Active sessions: the newest messages of conversations that are going on (CTX-2)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import msgspec

from recado.assistant.port import ContextMessage
from recado.cache.redis import RedisCache

SESSION_SECONDS = 30 * 60.0
MOST_SESSIONS = 5000


#: A message and its position.
Said = tuple[int, ContextMessage]


class Session(msgspec.Struct, frozen=True):
    """The newest messages of a conversation, whole from position `first` up to `through`."""

    first: int
    through: int
    said: tuple[Said, ...]
    summary: str
    summarised_to: int


class SessionCache(Protocol):
    """Where active sessions are kept: in this process, or where several machines see them.

    Losing a session costs a query. Keeping one for longer than SESSION_SECONDS is not allowed.
    """

    async def get(self, conversation_id: str) -> Session | None:
        """The session, None where there is none."""

    async def put(self, conversation_id: str, session: Session) -> None:
        """Keep it, in place of what was there."""

    async def drop(self, conversation_id: str) -> None:
        """Forget it."""

    def active(self) -> int:
        """How many sessions this process knows to be active."""


class InProcessSessions:
    """Sessions in this process: the least recently used go first, none is older than the limit."""

    def __init__(
        self,
        *,
        most: int = MOST_SESSIONS,
        seconds: float = SESSION_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._sessions: OrderedDict[str, tuple[float, Session]] = OrderedDict()

    async def get(self, conversation_id: str) -> Session | None:
        kept = self._sessions.get(conversation_id)
        if kept is None:
            return None
        if self._clock() >= kept[0]:
            del self._sessions[conversation_id]
            return None
        self._sessions.move_to_end(conversation_id)
        return kept[1]

    async def put(self, conversation_id: str, session: Session) -> None:
        self._sessions[conversation_id] = (self._clock() + self._seconds, session)
        self._sessions.move_to_end(conversation_id)
        if len(self._sessions) > self._most:
            self._sessions.popitem(last=False)

    async def drop(self, conversation_id: str) -> None:
        self._sessions.pop(conversation_id, None)

    def active(self) -> int:
        moment = self._clock()
        return sum(until > moment for until, _ in self._sessions.values())


class SharedSessions:
    """Sessions that every machine sees, so that a conversation may be answered by any of them.

    What another version wrote, or wrote badly, is no session.
    """

    def __init__(self, cache: RedisCache, *, seconds: float = SESSION_SECONDS) -> None:
        self._cache = cache
        self._seconds = seconds
        self._recent = InProcessSessions(seconds=seconds)

    async def get(self, conversation_id: str) -> Session | None:
        kept = await self._cache.get(_key(conversation_id))
        if kept is None:
            return None
        try:
            return _decoder.decode(kept)
        except msgspec.MsgspecError:
            return None

    async def put(self, conversation_id: str, session: Session) -> None:
        await self._recent.put(conversation_id, _NOTHING)
        await self._cache.put(_key(conversation_id), _encoder.encode(session), self._seconds)

    async def drop(self, conversation_id: str) -> None:
        await self._recent.drop(conversation_id)
        await self._cache.drop(_key(conversation_id))

    def active(self) -> int:
        return self._recent.active()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Session)
_NOTHING = Session(1, 0, (), "", 0)


def _key(conversation_id: str) -> str:
    return f"recado:session:{conversation_id}"
