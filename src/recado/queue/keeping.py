"""What the queue keeps of people, and what is past its time there. Old jobs go by their queue's own
retention, which is not known here (maintenance/features.py)."""

from __future__ import annotations

from recado.queue.mentions import export_mentions, remove_mentions
from recado.queue.upkeep import remove_closed_dead_letters, remove_finished_replays
from recado.store.keeping import Keeping

KEEPING = Keeping(
    past_time={
        "closed dead letters removed": remove_closed_dead_letters,
        "finished replays of dead letters removed": remove_finished_replays,
    },
    export=export_mentions,
    erase=remove_mentions,
)
