"""Orders to pay and to follow inside WhatsApp: `order_details` and `order_status`.

    order_details   reference_id, currency, total, payment_settings (as Meta defines them: a Pix
                    code, a payment link, a gateway …); if wanted goods ("digital-goods" or
                    "physical-goods"), payment_type ("br", "upi" …), payment_configuration, and
                    order: {items: [{id, name, amount, quantity, sale_amount, and for India
                    country_of_origin, importer_name, importer_address}], subtotal, tax,
                    shipping, discount, catalog_id, expiration: {timestamp, description}};
                    beneficiaries (whom goods are shipped to, India)
    order_status    reference_id, status, description, payment (as Meta defines it)

Amounts are in the currency's hundredths: 1050 is 10.50. A tax, shipping or discount with words
beside it is {value, description}, a discount also {…, discount_program_name}.
Source: developers.facebook.com/documentation/business-messaging/whatsapp/payments
(payments-br/orders, payments-in/pg)
"""

from __future__ import annotations

import re
from typing import Any

from recado.channels.whatsapp.limits import at_most, one_of, required, within
from recado.errors import SendRejected

Body = dict[str, Any]

GOODS = ("digital-goods", "physical-goods")
STATUSES = ("pending", "processing", "partially_shipped", "shipped", "completed", "canceled")
_REFERENCE = re.compile(r"[A-Za-z0-9_.-]{1,35}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_OFFSET = 100
#: A moment of more digits is in milliseconds.
_SECONDS_DIGITS = 11
#: What an amount may have beside it.
WORDS = ("description", "discount_program_name")
#: What India asks of goods that come from elsewhere.
IMPORTED = ("country_of_origin", "importer_name", "importer_address")


def order_details(given: Body) -> Body:
    """The action of an order that the person reviews and pays. Raises SendRejected."""
    currency = given.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise SendRejected("interactive.currency is a currency's three letters, such as BRL")
    parameters: Body = {
        "reference_id": _reference(given),
        "type": one_of(GOODS, given.get("goods", GOODS[0]), "interactive.goods"),
        "currency": currency,
        "total_amount": _amount(given.get("total"), "interactive.total"),
    }
    for key in ("payment_type", "payment_configuration"):
        if given.get(key):
            parameters[key] = str(given[key])
    if given.get("payment_settings"):
        parameters["payment_settings"] = _settings(required(given, "payment_settings", list))
    elif not given.get("payment_configuration"):
        raise SendRejected("An order to pay needs interactive.payment_settings")
    if given.get("order"):
        parameters["order"] = _order(required(given, "order", dict), parameters["total_amount"])
    if given.get("beneficiaries"):
        parameters["beneficiaries"] = required(given, "beneficiaries", list)
    return {"name": "review_and_pay", "parameters": parameters}


def order_status(given: Body) -> Body:
    """The action that tells how an order goes on. Raises SendRejected."""
    order: Body = {"status": one_of(STATUSES, given.get("status"), "interactive.status")}
    if given.get("description"):
        order["description"] = within("order note", given["description"])
    parameters: Body = {"reference_id": _reference(given), "order": order}
    if given.get("payment"):
        parameters["payment"] = required(given, "payment", dict)
    return {"name": "review_order", "parameters": parameters}


def _reference(given: Body) -> str:
    reference = within("order reference", given.get("reference_id"))
    if not _REFERENCE.fullmatch(reference):
        raise SendRejected(
            "interactive.reference_id takes letters, digits, dots, hyphens and underscores"
        )
    return reference


def _settings(settings: list[Any]) -> list[Any]:
    """Each says its type, and has under that name what belongs to it."""
    for one in settings:
        kind = one.get("type") if isinstance(one, dict) else None
        if not isinstance(kind, str) or not isinstance(one.get(kind), dict):
            raise SendRejected(
                "Each of interactive.payment_settings has a type, and an object of that name"
            )
    return settings


def _order(given: Body, total: Body) -> Body:
    items = [_item(item) for item in at_most("order items", required(given, "items", list))]
    order: Body = {"status": "pending", "items": items}
    if given.get("catalog_id"):
        order["catalog_id"] = str(given["catalog_id"])
    for key in ("subtotal", "tax", "shipping", "discount"):
        if given.get(key) is not None:
            order[key] = _described(given[key], f"interactive.order.{key}")
    order.setdefault("subtotal", _sum_of(items))
    order.setdefault("tax", {"value": 0, "offset": _OFFSET})
    _check_total(order, total)
    if given.get("expiration"):
        order["expiration"] = _expiration(required(given, "expiration", dict))
    return order


def _described(given: Any, field: str) -> Body:
    """An amount that may have words beside it."""
    if not isinstance(given, dict) or field.endswith(".subtotal"):
        return _amount(given, field)
    known = WORDS if field.endswith(".discount") else WORDS[:1]
    if unknown := given.keys() - {"value", *known}:
        raise SendRejected(f"{field} has what WhatsApp does not know: {', '.join(sorted(unknown))}")
    built = _amount(given.get("value"), f"{field}.value")
    for key in known:
        if given.get(key):
            built[key] = within("amount's words", given[key])
    return built


def _expiration(given: Body) -> Body:
    moment = str(given.get("timestamp") or "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= _SECONDS_DIGITS):
        raise SendRejected("interactive.order.expiration.timestamp is Unix time, in seconds")
    words = given.get("description")
    told = {"description": within("expiration's words", words)} if words else {}
    return {"timestamp": moment, **told}


def _item(item: Any) -> Body:
    if not isinstance(item, dict):
        raise SendRejected("`interactive.order.items` is a list of objects")
    quantity = item.get("quantity", 1)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise SendRejected("interactive.order.items[].quantity is a whole number from 1 on")
    built: Body = {
        "name": within("order item", item.get("name")),
        "amount": _amount(item.get("amount"), "interactive.order.items[].amount"),
        "quantity": quantity,
    }
    if item.get("id"):
        built["retailer_id"] = str(item["id"])
    built |= {key: item[key] for key in IMPORTED if item.get(key)}
    if item.get("sale_amount") is not None:
        built["sale_amount"] = _amount(item["sale_amount"], "interactive.order.items[].sale_amount")
        if built["sale_amount"]["value"] > built["amount"]["value"]:
            raise SendRejected("interactive.order.items[].sale_amount is more than the amount")
    return built


def _amount(value: Any, field: str) -> Body:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SendRejected(f"{field} is an amount in hundredths, such as 1050 for 10.50")
    return {"value": value, "offset": _OFFSET}


def _sum_of(items: list[Body]) -> Body:
    prices = ((it.get("sale_amount") or it["amount"])["value"] * it["quantity"] for it in items)
    return {"value": sum(prices), "offset": _OFFSET}


def _check_total(order: Body, total: Body) -> None:
    """Meta refuses an order whose parts do not come to its total."""

    def value(key: str) -> int:
        return int(order[key]["value"]) if key in order else 0

    if _sum_of(order["items"])["value"] != value("subtotal"):
        raise SendRejected("The items do not come to interactive.order.subtotal")
    parts = value("subtotal") + value("tax") + value("shipping") - value("discount")
    if parts != total["value"]:
        raise SendRejected(
            f"The order comes to {parts} hundredths, and interactive.total is {total['value']}"
        )
