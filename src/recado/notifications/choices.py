"""How each person wants to be told: of what, by which channels, and when not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update

from recado.errors import Unprocessable
from recado.notifications.model import NotificationChoice
from recado.notifications.occasions import OCCASIONS, PERSONAL
from recado.notifications.quiet import check_hours
from recado.security.users import get_user
from recado.store import Tx, now

MOST_DIGEST_MINUTES = 720
#: Channels that a person has for each occasion who has chosen none.
DEFAULT_CHANNELS: Mapping[str, tuple[str, ...]] = {
    name: tuple(it.by_default) for name, it in OCCASIONS.items()
}


class NotificationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`channels` are those of each occasion: desk, email, sms. Quiet hours (HH:MM, "" for none)
    are in the person's time zone, and hold for e-mail and SMS; `urgent_passes`: what is urgent is
    told in them, too. What comes within `digest_minutes` is told together, but for what is urgent.
    `sound`, `title` (a count in the page's title) and `push` (the browser's own notifications) are
    the desk's."""

    channels: dict[str, list[str]] = {}
    quiet_from: str = ""
    quiet_to: str = ""
    urgent_passes: bool = True
    digest_minutes: int = 0
    sound: bool = True
    title: bool = True
    push: bool = False

    def of(self, occasion: str) -> Sequence[str]:
        """The channels for an occasion."""
        return self.channels.get(occasion, DEFAULT_CHANNELS.get(occasion, ()))


_NAMES = NotificationSettings.__struct_fields__
_COLUMNS = [getattr(NotificationChoice, name) for name in _NAMES]


def choice_of(tx: Tx, user_id: str) -> NotificationSettings:
    """What the person has chosen, or what holds for all. Raises NotFound."""
    get_user(tx, user_id)
    row = tx.first(select(*_COLUMNS).where(NotificationChoice.user_id == user_id))
    return made_of(row) if row is not None else with_every_occasion(NotificationSettings())


def all_choices(tx: Tx) -> dict[str, NotificationSettings]:
    """By the users' ids: those of people who have chosen."""
    rows = tx.all(select(NotificationChoice.user_id, *_COLUMNS))
    return {row.user_id: made_of(row) for row in rows}


def choose(tx: Tx, user_id: str, changes: Mapping[str, Any]) -> NotificationSettings:
    """Change the named fields. Raises NotFound, Unprocessable."""
    tx.lock(f"notifications/{user_id}")
    before = msgspec.structs.asdict(choice_of(tx, user_id))
    after = before | {name: value for name, value in changes.items() if name in _NAMES}
    after["channels"] = _checked(before["channels"] | dict(after["channels"]))
    check_hours(after["quiet_from"], after["quiet_to"])
    if not 0 <= after["digest_minutes"] <= MOST_DIGEST_MINUTES:
        raise Unprocessable(f"A digest collects for 0 to {MOST_DIGEST_MINUTES} minutes.")
    values = after | {"updated_at": now()}
    mine = NotificationChoice.user_id == user_id
    if not tx.execute(update(NotificationChoice).where(mine).values(**values)).rowcount:
        tx.execute(insert(NotificationChoice), {"user_id": user_id, **values})
    return NotificationSettings(**after)


def made_of(row: Row[Any]) -> NotificationSettings:
    fields = {name: getattr(row, name) for name in _NAMES}
    return with_every_occasion(
        NotificationSettings(**fields | {"channels": fields["channels"] or {}})
    )


def with_every_occasion(choice: NotificationSettings) -> NotificationSettings:
    """The channels of each occasion written out, also of those that are newer than the choice."""
    return msgspec.structs.replace(
        choice, channels={name: list(choice.of(name)) for name in OCCASIONS}
    )


def _checked(channels: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    for name, chosen in channels.items():
        if name not in OCCASIONS:
            raise Unprocessable(f"There is no occasion {name[:40]!r}; there are {_all(OCCASIONS)}.")
        if unknown := set(chosen) - set(PERSONAL):
            raise Unprocessable(
                f"Nobody is told by {min(unknown)[:40]!r}; people are told by {_all(PERSONAL)}."
            )
    return {name: [it for it in PERSONAL if it in chosen] for name, chosen in channels.items()}


def _all(names: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(names)
