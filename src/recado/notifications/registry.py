"""The team as notifications need to know it, and what each event becomes for whoever is told.

A notification is written down in the transaction that it tells of: it is told if that is durable,
and only then. Where nobody wants to hear of an event it costs one look into a dict.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from recado.errors import NotFound
from recado.events import Event, EventBus
from recado.notifications.making import notify
from recado.notifications.matters import OF_EVENTS
from recado.notifications.occasions import OCCASIONS, TICKET
from recado.notifications.rules import RuleBook
from recado.notifications.senders.port import Sender
from recado.notifications.team import NOBODY, Person, read_team
from recado.notifications.texts import Words
from recado.resilience.lasting import lasting
from recado.security.encryption import Cipher
from recado.store import Store, Tx

#: How long a change made by another process may stay unseen.
REFRESH_SECONDS = 3.0


class Notifications:
    """As this process last read them. `senders` are by channel; `words` says the English texts of
    the code in a language."""

    def __init__(
        self,
        store: Store,
        cipher: Cipher,
        bus: EventBus,
        senders: Mapping[str, Sender],
        *,
        words: Words,
        default_language: str,
    ) -> None:
        self.senders = senders
        self.words = words
        self.rules = RuleBook(senders, cipher)
        self.team = NOBODY
        self._store = store
        self._bus = bus
        self._language = default_language
        self._wanted: set[str] = set()
        self._refreshing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.refresh()
        self._refreshing = lasting("notifications", self._keep_fresh)

    async def refresh(self) -> None:
        """See changes at once: for whoever changes something in this process."""
        self.team = await self._store.read(lambda tx: read_team(tx, self._language))
        self._wanted = {name for name, it in OCCASIONS.items() if self.team.wants(it)}
        # A ticket may name an address that is told, whoever else is.
        self._wanted.add(TICKET.name)
        kinds = {kind for kind, readers in OF_EVENTS.items() if self._wanted & readers.keys()}
        self._bus.keep(kinds, self._write_down)

    def person(self, user_id: str) -> Person:
        """Raises NotFound."""
        found = self.team.people.get(user_id)
        if found is None:
            raise NotFound(f"There is no user {user_id}.")
        return found

    @property
    def language(self) -> str:
        """The installation's."""
        return self._language

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        for sender in self.senders.values():
            await sender.close()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await self.refresh()

    def _write_down(self, tx: Tx, event: Event) -> None:
        for name, matter_of in OF_EVENTS[type(event)].items():
            matter = matter_of(tx, event) if name in self._wanted else None
            if matter is not None:
                notify(tx, self.team, self.senders, matter)
