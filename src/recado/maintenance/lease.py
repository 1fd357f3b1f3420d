"""A lease in the store: something that one process at a time has.

Its holder renews it; when the holder dies, whoever asks after its end takes it over. A process that
stands still does not notice that its lease ends: what is done under it must bear that.
"""

from __future__ import annotations

from sqlalchemy import delete, or_, update

from recado.maintenance.model import LeaseRow
from recado.store import Tx


def hold_lease(tx: Tx, name: str, owner: str, *, seconds: float, now: float) -> bool:
    """Take or renew it for `seconds` from now. False: another has it."""
    values = {"owner": owner, "held_until": now + seconds}
    tx.execute(tx.insert(LeaseRow).on_conflict_do_nothing(), {"name": name, **values})
    # Nobody takes one for twice as long: the clock was set back since, and the holder may be dead.
    over = LeaseRow.held_until < now, LeaseRow.held_until > now + 2 * seconds
    ours_or_over = or_(LeaseRow.owner == owner, *over)
    taken = update(LeaseRow).where(LeaseRow.name == name, ours_or_over).values(values)
    return tx.execute(taken).rowcount > 0


def release_lease(tx: Tx, name: str, owner: str) -> None:
    """Let the next one have it at once."""
    tx.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.owner == owner))
