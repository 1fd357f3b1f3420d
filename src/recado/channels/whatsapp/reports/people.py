"""Reports about people: what they want no more, under which user id they go on, groups' names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from recado.channels.messages import Identity
from recado.channels.reports import GroupName, MarketingWish, NewIdentities, Report
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.reports.value import Value, as_text, pick

_MARKETING: dict[str, Literal["stopped", "resumed"]] = {"stop": "stopped", "resume": "resumed"}


def preferences(value: Value) -> Iterator[Report]:
    """Who wants no marketing messages, or wants them again.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences
    """
    for item in value.items_of("user_preferences"):
        wish = _MARKETING.get(as_text(item.get("value")).lower())
        if wish is not None and as_text(item.get("category")) == "marketing_messages":
            yield MarketingWish(_named(item), wish)


def user_ids(value: Value) -> Iterator[Report]:
    """A person's user id has changed.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    for item in value.items_of("user_id_update"):
        old = [*_changed(item, "previous"), *_named(item, "wa_id")]
        new = _changed(item, "current")
        if new:
            yield NewIdentities(old, new)


def groups(value: Value) -> Iterator[Report]:
    """A group's name is known from these reports alone: its messages do not have it.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference
    """
    for item in value.items_of("groups"):
        changed = pick(item.get("group_subject"), subject="text")
        name = changed.get("subject") or as_text(item.get("subject"))
        group = identities.group(as_text(item.get("group_id")))
        if name and group is not None and not item.get("errors"):
            yield GroupName(group, name)


def _named(item: dict[str, Any], *names: str) -> list[Identity]:
    readers = {
        "user_id": identities.user_id,
        "wa_id": identities.address,
        "parent_user_id": identities.user_id,
    }
    found = [read(as_text(item.get(n))) for n, read in readers.items() if not names or n in names]
    return [identity for identity in found if identity]


def _changed(item: dict[str, Any], which: str) -> list[Identity]:
    """The ids of {"user_id": {"previous": …, "current": …}, "parent_user_id": {…}}."""
    found = []
    for name in ("user_id", "parent_user_id"):
        identity = identities.user_id(pick(item.get(name), id=which).get("id"))
        if identity:
            found.append(identity)
    return found
