"""The addresses of departments that are told, whoever is there, as supervisors keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from recado.errors import Conflict, NotFound, Unprocessable
from recado.escalation.departments.model import Department
from recado.language.detection import LANGUAGES
from recado.notifications.model import NotificationRule
from recado.notifications.occasions import SHARED, SHARED_OCCASIONS
from recado.notifications.senders.port import Sender
from recado.security.encryption import Cipher
from recado.store import Tx, new_id, now

LOCK = "notification-rules"
MOST = 100


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """`department` "": all. `occasions` null: all that concern a team. `shown` is the address as
    people may see it: of a chat's, which is a secret, only where it leads. `language` "" is the
    installation's."""

    id: str
    name: str
    department: str
    channel: str
    shown: str
    occasions: list[str] | None
    language: str
    enabled: bool
    created_at: float
    updated_at: float


_SHOWN = [getattr(NotificationRule, name) for name in RuleView.__struct_fields__]


class RuleBook:
    """Rules as this installation can follow them: `senders` say which addresses are theirs."""

    def __init__(self, senders: Mapping[str, Sender], cipher: Cipher) -> None:
        self._senders = senders
        self._cipher = cipher

    def add(self, tx: Tx, given: Mapping[str, Any], by: str | None) -> RuleView:
        """Raises Unprocessable."""
        tx.lock(LOCK)
        if (tx.scalar(select(func.count()).select_from(NotificationRule)) or 0) >= MOST:
            raise Unprocessable(f"There are {MOST} rules already.")
        row = {
            "enabled": True,
            **self._checked(tx, given, target=str(given.get("target") or "").strip()),
            "id": new_id(),
            "created_by": by,
            "created_at": now(),
            "updated_at": now(),
        }
        tx.execute(insert(NotificationRule), row)
        return get_rule(tx, row["id"])

    def change(self, tx: Tx, id: str, changes: Mapping[str, Any]) -> RuleView:
        """Change the named fields; without `target` the address stays. Raises NotFound,
        Unprocessable."""
        tx.lock(LOCK)
        view = get_rule(tx, id)
        before = {it: getattr(view, it) for it in ("name", "department", "occasions", "language")}
        if changes.get("channel", view.channel) != view.channel:
            raise Conflict("A rule keeps its channel. Make another one.")
        target = str(changes.get("target") or "").strip() or None
        values = self._checked(tx, {**before, **changes, "channel": view.channel}, target=target)
        values |= {"enabled": changes.get("enabled", view.enabled), "updated_at": now()}
        tx.execute(update(NotificationRule).where(NotificationRule.id == id).values(**values))
        return get_rule(tx, id)

    def target_of(self, tx: Tx, id: str) -> str | None:
        """The address that a rule names; None: it is gone, or switched off."""
        mine = (NotificationRule.id == id) & NotificationRule.enabled
        sealed = tx.scalar(select(NotificationRule.target).where(mine))
        return None if sealed is None else self._cipher.decrypt(str(sealed))

    def _checked(self, tx: Tx, given: Mapping[str, Any], *, target: str | None) -> dict[str, Any]:
        """The columns; `target` None: the address stays."""
        channel = str(given.get("channel") or "")
        department = str(given.get("department") or "")
        occasions, language = given.get("occasions"), str(given.get("language") or "")
        if channel not in SHARED:
            raise Unprocessable(f"A rule tells by {', '.join(SHARED)}.")
        if department and not tx.first(select(Department.key).where(Department.key == department)):
            raise Unprocessable(f"There is no department {department[:40]!r}.")
        if unknown := [it for it in occasions or () if it not in SHARED_OCCASIONS]:
            raise Unprocessable(
                f"There is no occasion {unknown[0][:40]!r}; there are"
                f" {', '.join(SHARED_OCCASIONS)}."
            )
        if language and language not in LANGUAGES:
            raise Unprocessable(f"The languages are {', '.join(LANGUAGES)}.")
        values: dict[str, Any] = {
            "channel": channel,
            "department": department,
            "occasions": None if occasions is None else sorted(set(occasions)),
            "language": language,
        }
        if target is not None:
            self._check_target(channel, target)
            values |= {"target": self._cipher.encrypt(target), "shown": shown(channel, target)}
        name = " ".join(str(given.get("name") or "").split())[:80]
        if name or target is not None:
            values["name"] = name or values["shown"]
        return values

    def _check_target(self, channel: str, target: str) -> None:
        sender = self._senders.get(channel)
        if sender is None:
            setting = {"email": "SMTP_URL", "sms": "RECADO_SMS_URL"}[channel]
            raise Unprocessable(f"Nothing sends by {channel} here yet: set {setting}.")
        if not target or len(target) > 2000:
            raise Unprocessable("Give the address that is told.")
        sender.check_address(target)


def list_rules(tx: Tx) -> list[RuleView]:
    """By department and name."""
    order = (NotificationRule.department, NotificationRule.name)
    return [_view(row) for row in tx.all(select(*_SHOWN).order_by(*order))]


def get_rule(tx: Tx, id: str) -> RuleView:
    """Raises NotFound."""
    row = tx.first(select(*_SHOWN).where(NotificationRule.id == id))
    if row is None:
        raise NotFound(f"There is no rule {id!r}.")
    return _view(row)


def remove_rule(tx: Tx, id: str) -> RuleView:
    """What waits for it is not told any more. Raises NotFound."""
    tx.lock(LOCK)
    view = get_rule(tx, id)
    tx.execute(delete(NotificationRule).where(NotificationRule.id == id))
    return view


def shown(channel: str, target: str) -> str:
    """An address as people may see it."""
    if channel not in ("slack", "teams"):
        return target
    return f"{urlsplit(target).hostname}/…{target[-4:]}"


def _view(row: Row[Any]) -> RuleView:
    return RuleView(**row._mapping)
