"""Queues with sessions as Service Bus keeps them: order, locks, delivery counts, dead letters.

https://learn.microsoft.com/azure/service-bus-messaging/message-sessions
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(eq=False, slots=True)
class Stored:
    """`bare` is the message from its properties on, as it was sent."""

    session: str
    bare: bytes
    number: int
    enqueued_at: float
    due_at: float = 0.0
    deliveries: int = 0
    #: In the hands of the session's holder.
    out: bool = False


class Holder(Protocol):
    """A receiver with a session's lock."""

    @property
    def credit(self) -> int: ...
    def deliver(self, message: Stored) -> None: ...
    def lose_lock(self) -> None: ...


@dataclass(eq=False, slots=True)
class Session:
    id: str
    messages: list[Stored] = field(default_factory=list)
    holder: Holder | None = None
    locked_until: float = 0.0


class Entity:
    """One queue. `clock` is in seconds since 1970."""

    def __init__(
        self,
        name: str,
        *,
        lock_seconds: float = 60.0,
        max_deliveries: int = 10,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.lock_seconds = lock_seconds
        self.max_deliveries = max_deliveries
        self.dead: list[Stored] = []
        self.sessions: dict[str, Session] = {}
        self._clock = clock
        self._numbers = 0
        self._waiting: list[Callable[[Session], None]] = []

    def active_count(self) -> int:
        return sum(len(session.messages) for session in self.sessions.values())

    def add(self, session_id: str, bare: bytes, due_at: float = 0.0) -> None:
        self._numbers += 1
        session = self._session(session_id)
        session.messages.append(Stored(session_id, bare, self._numbers, self._clock(), due_at))
        self._offer(session)
        self.dispatch(session)

    def accept(self, session_id: str, holder: Holder) -> Session | None:
        """Lock this session. None: another receiver has it."""
        session = self._session(session_id)
        if session.holder is not None:
            return None
        self._lock(session, holder)
        return session

    def accept_next(self, accepted: Callable[[Session], None]) -> Callable[[], None]:
        """Have `accepted` called with the next session that has messages and no lock, which it
        must `accept` at once. Returns what gives up waiting."""
        self._waiting.append(accepted)
        for session in list(self.sessions.values()):
            self._offer(session)

        def give_up() -> None:
            if accepted in self._waiting:
                self._waiting.remove(accepted)

        return give_up

    def renew(self, session_id: str) -> float | None:
        """Until when the lock holds now. None: there is no lock."""
        session = self._session(session_id)
        if session.holder is None:
            return None
        session.locked_until = self._clock() + self.lock_seconds
        return session.locked_until

    def dispatch(self, session: Session) -> None:
        """Bring the holder what it has credit for, in order."""
        for message in session.messages:
            if session.holder is None or session.holder.credit <= 0:
                return
            if not message.out and message.due_at <= self._clock():
                message.out = True
                session.holder.deliver(message)

    def complete(self, session: Session, message: Stored) -> None:
        if message in session.messages:
            session.messages.remove(message)

    def put_back(self, session: Session, message: Stored, *, counted: bool) -> None:
        """It takes its place in the session again, or is dead after too many deliveries."""
        message.out = False
        message.deliveries += counted
        if message.deliveries >= self.max_deliveries:
            self.bury(session, message)
        self.dispatch(session)

    def bury(self, session: Session, message: Stored) -> None:
        self.complete(session, message)
        self.dead.append(message)

    def release(self, session: Session) -> None:
        """The lock is gone, and what its holder had not settled is the queue's again."""
        session.holder = None
        for message in [it for it in session.messages if it.out]:
            self.put_back(session, message, counted=True)
        self._offer(session)

    def expire(self) -> None:
        """End the locks that nobody has renewed; bring what has become due."""
        moment = self._clock()
        for session in list(self.sessions.values()):
            if session.holder is not None and session.locked_until <= moment:
                session.holder.lose_lock()
                self.release(session)
            self._offer(session)
            self.dispatch(session)

    def _session(self, id: str) -> Session:
        return self.sessions.setdefault(id, Session(id))

    def _lock(self, session: Session, holder: Holder) -> None:
        session.holder = holder
        session.locked_until = self._clock() + self.lock_seconds

    def _offer(self, session: Session) -> None:
        moment = self._clock()
        due = any(message.due_at <= moment for message in session.messages)
        if session.holder is None and due and self._waiting:
            self._waiting.pop(0)(session)
