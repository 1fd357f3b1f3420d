"""By what names the vendor calls whom we have written to: its answers and statuses tell.

A number that we write to has a user id, by which its person answers; whoever hears of it only
when they do, takes them for somebody new.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from recado.channels.messages import Identity
from recado.channels.port import Line
from recado.conversations.contacts import known_identities
from recado.conversations.ownership import turn_job
from recado.conversations.relink import When, link
from recado.runtime import Runtime
from recado.store import Tx

MOST_REMEMBERED = 20_000


class Names:
    """Remembers what it has learnt, so that the next message to the same person costs nothing."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: OrderedDict[tuple[str, frozenset[Identity]], None] = OrderedDict()

    def are_new(self, contact_id: str, named: Sequence[Identity]) -> bool:
        """Is there something to learn? One name alone says nothing."""
        return len(named) > 1 and (contact_id, frozenset(named)) not in self._known

    def learn(
        self, tx: Tx, line: Line, contact_id: str, named: Sequence[Identity], sent_at: float
    ) -> None:
        """`named` are names of the person that a message of `sent_at` (by our clock) went to; the
        contact's, if it is known by one of them."""
        if not self.are_new(contact_id, named):
            return
        if contact_id in known_identities(tx, line, named).values():
            told = link(tx, line, contact_id, named, When(sent_at, sent_at))
            jobs = [turn_job(id) for id in told.waiting]
            if jobs:
                tx.publish(*jobs)
        tx.after_commit(lambda: self._remember(contact_id, named))

    def _remember(self, contact_id: str, named: Sequence[Identity]) -> None:
        self._known[contact_id, frozenset(named)] = None
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
