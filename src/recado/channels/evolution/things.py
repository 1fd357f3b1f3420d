"""Things that WhatsApp lets people make: orders, polls, events, payments, and what has a name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from recado.channels.evolution.lenient import Json, filled, first_text, number, obj, seconds, text
from recado.channels.messages import NAMED

_YEAR_2001, _YEAR_2100_IN_MS = 1_000_000_000, 4_102_444_800_000


class Reading(msgspec.Struct):
    """`target` is the message that is answered, reacted to, edited or taken back; `type` "" says
    that there is nothing in it for a person."""

    type: str
    text: str = ""
    content: Json = {}
    target: str = ""


def order(value: Any) -> Reading:
    given = obj(value)
    total = number(given.get("totalAmount1000"))
    # WhatsApp sends no items with an order that comes to a phone, only their number and sum.
    said = text(given.get("message"))
    details = {"catalog_id": "", "text": said, "items": []} | filled(
        order_id=text(given.get("orderId")),
        title=text(given.get("orderTitle")),
        item_count=number(given.get("itemCount")),
        total=None if total is None else total / 1000,
        currency=text(given.get("totalCurrencyCode")),
    )
    return Reading("order", said, {"order": details})


def poll(value: Any) -> Reading:
    given = obj(value)
    options = given.get("options")
    listed = options if isinstance(options, list) else []
    names = [
        name for name in (text(obj(it).get("optionName")) or text(it) for it in listed) if name
    ]
    name = text(given.get("name"))
    words = "\n".join((name, *(f"- {option}" for option in names))).strip()
    content = {"vendor_type": "pollCreationMessage", "poll": {"name": name, "options": names}}
    return Reading("unknown", words, content)


def poll_result(value: Any) -> Reading:
    given = obj(value)
    votes = given.get("pollVotes")
    listed = [obj(it) for it in votes] if isinstance(votes, list) else []
    told = [
        f"- {text(it.get('optionName'))}: {number(it.get('optionVoteCount')) or 0}" for it in listed
    ]
    content = {"vendor_type": "pollResultSnapshotMessage", NAMED: True}
    return Reading("unknown", "\n".join([text(given.get("name")), *told]).strip(), content)


def event(value: Any) -> Reading:
    """An invitation: what, when and where, and whether it still is to be."""
    given = obj(value)
    reading = named("eventMessage", "name", "description")(value)
    place = obj(given.get("location"))
    where = first_text(place.get("name"), place.get("address"), given.get("joinLink"))
    said = [reading.text, where]
    starts = number(given.get("startTime")) or 0
    if _YEAR_2001 < starts < _YEAR_2100_IN_MS:
        said.append(f"{datetime.fromtimestamp(seconds(starts), UTC):%Y-%m-%d %H:%M} UTC")
    said += ["(canceled)"] if given.get("isCanceled") in (True, "true") else []
    reading.text = "\n".join(it for it in said if it)
    return reading


def money(vendor_type: str) -> Callable[[Any], Reading]:
    """A payment, or a request for one: its note and how much."""

    def read_money(value: Any) -> Reading:
        given = obj(value)
        note = obj(given.get("noteMessage"))
        said = first_text(
            obj(note.get("extendedTextMessage")).get("text"), note.get("conversation")
        )
        amount = number(given.get("amount1000"))
        amount = number(obj(given.get("amount")).get("value")) if amount is None else amount
        offset = number(obj(given.get("amount")).get("offset")) or 1000
        currency = first_text(
            given.get("currencyCodeIso4217"), obj(given.get("amount")).get("currencyCode")
        )
        much = "" if amount is None else f"{amount / offset:g} {currency}".strip()
        words = "\n".join(it for it in (said, much) if it)
        content: Json = {"vendor_type": vendor_type}
        return Reading("unknown", words, content | ({NAMED: True} if words else {}))

    return read_money


def named(vendor_type: str, *names: str) -> Callable[[Any], Reading]:
    """What has a name and says more about itself: "Boda: the fifth of May"."""

    def read_named(value: Any) -> Reading:
        given = obj(value)
        found = [text(given.get(name)).strip() for name in names]
        words = ": ".join(dict.fromkeys(it for it in found if it))
        return Reading("unknown", words, {"vendor_type": vendor_type})

    return read_named


def call(value: Any) -> Reading:
    return Reading("call", "", {"call": obj(value)})
