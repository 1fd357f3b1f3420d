"""What of a message asks something, and what of it is only given.

A form, an address, a payment come with words of the vendor's ("Sent", the address in lines), which
nobody has asked; a wish about marketing is not a question either. They get a receipt.
"""

from __future__ import annotations

from typing import Any

from recado.channels.messages import NAMED
from recado.conversations.wishes import wish_in

#: What is given, by a word in the vendor's name for it.
_THINGS = {
    "poll": "poll",
    "event": "event",
    "location": "location",
    "invite": "invitation",
    "product": "product",
}
_UNPAID = (
    *("fail", "declin", "reject", "cancel", "expir", "error", "pend", "denied", "refund", "void"),
    *("unpaid", "processing", "new", "initiated", "created"),
)
_DEEPEST, _MOST = 5, 50
#: What a message without a question gives us, by what stands in its content.
Given = str


def asked_in(type: str, text: str, content: dict[str, Any] | None) -> str:
    """The words in a message that ask something; "" when it only gives something."""
    found = content or {}
    if given_in(type, found) or wish_in(found):
        return ""
    return text.strip()


def given_in(type: str, content: dict[str, Any] | None) -> Given:
    """What a message gives: `form`, `address`, `payment`, a thing of the vendor's (`poll`,
    `event` …), which has a name and asks nothing; "" for anything else."""
    found = content or {}
    vendor_type = str(found.get("vendor_type", "")).lower()
    flow = found.get("flow")
    if type == "interactive" and isinstance(flow, dict):
        return "address" if "address" in str(flow.get("name", "")).lower() else "form"
    if type == "interactive" and vendor_type.startswith("payment"):
        return "message" if _is_unpaid(found) else "payment"
    if type == "unknown":
        thing = next((name for word, name in _THINGS.items() if word in vendor_type), "")
        if thing:
            return thing
    return "message" if type in ("unknown", "interactive") and found.get(NAMED) else ""


def _is_unpaid(content: dict[str, Any]) -> bool:
    """Whether a message about a payment says that there is none yet: nobody thanks for that."""
    level: list[Any] = [content]
    for _ in range(_DEEPEST):
        found = [it for it in level[:_MOST] if isinstance(it, dict)]
        told = [str(it[name]).lower() for it in found for name in it if "status" in str(name)]
        if any(word in status for status in told for word in _UNPAID):
            return True
        level = [inner for it in found for inner in it.values()]
    return False


def description_of(content: dict[str, Any] | None) -> str:
    """What stands below the row of a list that was tapped."""
    reply = (content or {}).get("reply")
    described = reply.get("description") if isinstance(reply, dict) else None
    return described.strip() if isinstance(described, str) else ""


def order_lines(content: dict[str, Any] | None) -> str:
    """A cart in one line, with its total: `2 × SKU-1 (12.5 MXN); total 25 MXN`."""
    order = (content or {}).get("order")
    if not isinstance(order, dict):
        return ""
    items = [it for it in order.get("items") or () if isinstance(it, dict)][:30]
    lines = [_line(it) for it in items]
    total = _total(order, items)
    return "; ".join([*lines, *([f"total {total}"] if total else [])])


def _line(item: dict[str, Any]) -> str:
    name = str(item.get("name") or item.get("product_retailer_id") or "?")[:60]
    price, currency = item.get("item_price"), str(item.get("currency") or "")[:10]
    priced = f" ({str(price)[:20]} {currency})".replace(" )", ")") if price is not None else ""
    return f"{str(item.get('quantity') or 1)[:10]} × {name}{priced}"


def _total(order: dict[str, Any], items: list[dict[str, Any]]) -> str:
    if order.get("total") is not None:
        return f"{order['total']} {order.get('currency') or ''}".strip()[:40]
    try:
        amount = sum(float(it["item_price"]) * float(it.get("quantity") or 1) for it in items)
    except (KeyError, TypeError, ValueError):
        return ""
    currencies = {str(it.get("currency") or "") for it in items}
    return f"{amount:g} {currencies.pop()}".strip()[:40] if len(currencies) == 1 else ""
