"""What a message costs at its provider: what the provider says, and the line's own price list.

`settings["prices"]` of a line: {"currency": "USD", "marketing": 0.0618, "utility": 0.0113 …} by
Meta's categories. Meta charges for delivered templates and says in the status whether it does:
https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing
"""

from __future__ import annotations

from typing import Any

from recado.channels.port import Line


def price_of(line: Line, told: dict[str, Any]) -> dict[str, Any]:
    """`message.pricing`: what the status told, with `amount` and `currency` where they follow."""
    pricing = dict(told)
    if "pricing_model" in pricing:
        pricing["model"] = pricing.pop("pricing_model")
    if "amount" in pricing:  # the provider itself says what it takes
        return pricing
    prices = line.settings.get("prices")
    prices = prices if isinstance(prices, dict) else {}
    amount = prices.get(pricing.get("category"))
    if pricing.get("billable") is False:
        amount = 0.0
    if isinstance(amount, int | float):
        pricing["amount"] = float(amount)
        pricing["currency"] = str(prices.get("currency") or "USD")
    return pricing
