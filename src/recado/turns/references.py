"""What a message refers to, for a model: the order's lines, the ad, the form's answers, the quote.

A line for each, in our words around what strangers chose (assistant/strangers.py). Contents come
from outside: what has no known shape is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recado.assistant.strangers import marked

MOST_LINES = 20
_QUOTED = 600
_BY = {"contact": "the contact", "assistant": "you", "agent": "a colleague", "system": "you"}
#: Meta's own, and of no use to an answer: https://developers.facebook.com/docs/whatsapp/flows
_NOT_ANSWERS = {"flow_token", "wa_flow_response_params"}
Json = dict[str, Any]


def references_of(type: str, content: Any) -> tuple[str, ...]:
    """The lines about one message's content."""
    given = _mapping(content)
    found = [line for reader in _READERS for line in reader(given)]
    if type == "unsupported":
        found.append("It has something that cannot be shown")
    return tuple(found[:MOST_LINES])


def in_short(lines: Sequence[str], most: int = 500) -> tuple[str, ...]:
    """The first lines, as many as have `most` characters together: of a message long ago."""
    kept: list[str] = []
    for line in lines:
        most -= len(line)
        if most < 0:
            break
        kept.append(line)
    return tuple(kept)


def quotation(author: str, type: str, text: str) -> str:
    """The line about the message that is answered."""
    said = marked(text, _QUOTED) or f"[{type}]"
    return f"It answers what {_BY.get(author, 'you')} said: {said}"


def reaction(emoji: str, text: str) -> str:
    """The line about a reaction to what was said."""
    return f"The contact reacted with {marked(emoji, 20)} to: {marked(text, _QUOTED)}"


def _reply(given: Json) -> Iterator[str]:
    reply = _mapping(given.get("reply"))
    if title := marked(reply.get("title")):
        described = marked(reply.get("description"))
        yield f"They tapped {title}" + (f", described as {described}" if described else "")


def _order(given: Json) -> Iterator[str]:
    order = _mapping(given.get("order"))
    lines = [line for item in _mappings(order.get("items")) if (line := _order_line(item))]
    for number, line in enumerate(lines[:MOST_LINES], start=1):
        yield f"Order line {number}: {line}"
    if note := marked(order.get("text")):
        yield f"Order's note: {note}"


def _order_line(item: Json) -> str:
    name = item.get("name") or item.get("product_name") or item.get("title")
    product = marked(name or item.get("product_retailer_id"))
    if not product:
        return ""
    code = marked(item.get("product_retailer_id")) if name else ""
    price, currency = marked(item.get("item_price"), 40), marked(item.get("currency"), 10)
    parts = [
        product,
        f"code {code}" if code else "",
        f"quantity {marked(item.get('quantity'), 20)}" if item.get("quantity") else "",
        f"price {price} {currency}".strip() if price else "",
    ]
    return ", ".join(part for part in parts if part)


def _form(given: Json) -> Iterator[str]:
    flow = _mapping(given.get("flow"))
    if name := marked(flow.get("name")):
        yield f"They sent a form: {name}"
    for label, value in _fields(flow.get("response")):
        yield f"Form field {marked(label, 80)}: {value}"


def _fields(value: Any, above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for key, content in list(_mapping(value).items())[:50]:
        label = f"{above} {_label(key)}".strip()
        if key in _NOT_ANSWERS:
            continue
        if isinstance(content, dict) and depth < 3:
            yield from _fields(content, label, depth + 1)
        elif told := _value(content):
            yield label, told


def _label(key: Any) -> str:
    """As a person would write it: Meta's screens name fields `screen_0_Nombre_1`."""
    name = str(key).removeprefix("screen_")
    parts = [part for part in name.replace("-", "_").split("_") if part]
    while len(parts) > 1 and parts[0].isdigit():
        parts.pop(0)
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return " ".join(parts)


def _value(content: Any) -> str:
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, list):
        told = [text for one in content[:20] if (text := _value(one))]
        return ", ".join(told)
    if isinstance(content, dict):
        return marked(content.get("title") or content.get("name") or content.get("id"))
    return marked(content)


def _ad(given: Json) -> Iterator[str]:
    ad = _mapping(given.get("referral"))
    parts = [
        f"{name} {text}"
        for name, text in (
            ("headline", marked(ad.get("headline"))),
            ("text", marked(ad.get("body"), _QUOTED)),
            ("link", marked(ad.get("source_url"))),
        )
        if text
    ]
    if parts:
        yield f"They came from an ad: {', '.join(parts)}"


def _product(given: Json) -> Iterator[str]:
    context = _mapping(given.get("context"))
    product = _mapping(context.get("referred_product"))
    if told := marked(product.get("name") or product.get("product_retailer_id")):
        yield f"They ask about the product {told}"
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        yield "The message is forwarded: others wrote it"


def _place(given: Json) -> Iterator[str]:
    place = _mapping(given.get("location"))
    if not place:
        return
    name, address = marked(place.get("name")), marked(place.get("address"))
    at = [marked(place.get(key), 20) for key in ("latitude", "longitude")]
    parts = [
        name,
        f"address {address}" if address else "",
        f"at {at[0]} {at[1]}" if all(at) else "",
    ]
    if told := ", ".join(part for part in parts if part):
        yield f"They shared a place: {told}"


def _cards(given: Json) -> Iterator[str]:
    for card in _mappings(given.get("contacts"))[:5]:
        name = _mapping(card.get("name"))
        told = marked(name.get("formatted_name") or name.get("first_name"))
        phones = [marked(it.get("phone"), 40) for it in _mappings(card.get("phones"))[:3]]
        mails = [marked(it.get("email"), 80) for it in _mappings(card.get("emails"))[:3]]
        if parts := [part for part in (told, *phones, *mails) if part]:
            yield f"They shared a contact: {', '.join(parts)}"


def _poll(given: Json) -> Iterator[str]:
    poll = _mapping(given.get("poll"))
    options = poll.get("options")
    told = [marked(_named(it)) for it in (options if isinstance(options, list) else [])[:12]]
    if name := marked(poll.get("name")):
        yield f"A poll: {name}, options {', '.join(it for it in told if it)}"


def _named(value: Any) -> Any:
    return value.get("name") or value.get("title") if isinstance(value, dict) else value


def _file(given: Json) -> Iterator[str]:
    if name := marked(_mapping(given.get("media")).get("filename")):
        yield f"The file's name: {name}"


def _group(given: Json) -> Iterator[str]:
    if name := marked(_mapping(given.get("participant")).get("name")):
        yield f"Written in a group by {name}"


_READERS = (_reply, _order, _form, _ad, _product, _place, _cards, _poll, _file, _group)


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[Json]:
    return [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []
