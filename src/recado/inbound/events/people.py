"""Reports about people: what they want no more, under which user id they go on, groups' names."""

from __future__ import annotations

from typing import Any

from recado.channels.messages import Identity, Sender
from recado.channels.whatsapp import identities
from recado.conversations.contacts import find_contact, find_or_add_contact
from recado.conversations.relink import When, relink
from recado.conversations.wishes import set_attribute
from recado.inbound.events.news import News, as_text, pick
from recado.store import Tx

_MARKETING = {"stop": "stopped", "resume": "resumed"}


def preferences(tx: Tx, news: News) -> None:
    """Who wants no marketing messages has `attributes["marketing"]` "stopped"; "resumed" later.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences
    """
    for item in news.items("user_preferences"):
        wish = _MARKETING.get(as_text(item.get("value")).lower())
        if wish is None or as_text(item.get("category")) != "marketing_messages":
            continue
        for line in news.lines[:1]:
            contact_id = find_contact(tx, line, _named(item))
            if contact_id is not None:
                set_attribute(tx, contact_id, "marketing", wish)


def user_ids(tx: Tx, news: News) -> None:
    """A person's user id has changed.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    for item in news.items("user_id_update"):
        old = [*_changed(item, "previous"), *_named(item, "wa_id")]
        new = _changed(item, "current")
        for line in news.lines[:1]:
            if new:
                news.waiting.extend(relink(tx, line, old, new, When.at_once()).waiting)


def groups(tx: Tx, news: News) -> None:
    """A group's name is known from these reports alone: its messages do not have it.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference
    """
    for item in news.items("groups"):
        changed = pick(item.get("group_subject"), subject="text")
        name = changed.get("subject") or as_text(item.get("subject"))
        group = identities.group(as_text(item.get("group_id")))
        if name and group is not None and not item.get("errors"):
            for line in news.lines[:1]:
                find_or_add_contact(tx, line, Sender((group,), name), language="")


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
