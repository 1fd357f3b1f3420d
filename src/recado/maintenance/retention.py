"""What is past its time, by feature: run again until there is nothing left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import InstrumentedAttribute

from recado.conversations.model import IdentityChange
from recado.jobs import SPECS
from recado.lines.model import LineEvent
from recado.queue import upkeep
from recado.security.sessions import delete_expired
from recado.sending.model import EarlyStatus
from recado.store import Tx, now
from recado.store.sweeping import DAY, remove_older

#: A status that no message has claimed by then speaks of one that another system sent.
EARLY_STATUS_DAYS = 7
#: So long after a change of number, something that was said before it may still come.
IDENTITY_CHANGE_DAYS = 30
#: What vendors report of a line, beside messages, is shown in its log for so long.
LINE_EVENT_DAYS = 180


def _older(key: InstrumentedAttribute[str], days: int, tx: Tx) -> int:
    return remove_older(tx, key, now() - days * DAY)


TASKS: dict[str, Callable[[Tx], int]] = {
    "expired sessions and sign-in links removed": delete_expired,
    "statuses that no message claimed removed": partial(_older, EarlyStatus.id, EARLY_STATUS_DAYS),
    "what vendors reported of lines removed": partial(_older, LineEvent.id, LINE_EVENT_DAYS),
    "former numbers and user ids forgotten": partial(
        _older, IdentityChange.id, IDENTITY_CHANGE_DAYS
    ),
    "closed dead letters removed": upkeep.remove_closed_dead_letters,
    "finished replays of dead letters removed": upkeep.remove_finished_replays,
    "jobs past their retention made dead letters": partial(upkeep.bury_old_jobs, specs=SPECS),
}
