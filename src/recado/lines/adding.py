"""A new line, or a changed one, as the desk and the API take it: checked before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recado.channels.port import Channel
from recado.errors import Unprocessable

#: What Recado reads of a line's settings; an adapter may read more.
MOST_PER_SECOND = 1000.0


def addable(channels: Mapping[str, Channel]) -> dict[str, Channel]:
    """The channels to which lines can be added: those with something to enter."""
    return {kind: channel for kind, channel in channels.items() if channel.credentials}


def read_credentials(
    channel: Channel, given: Mapping[str, str], *, whole: bool = False
) -> dict[str, str]:
    """What is not empty, trimmed. `whole`: every required one must be there.

    Raises Unprocessable: a name the channel does not have, or a missing one.
    """
    known = {it.name: it for it in channel.credentials}
    if odd := sorted(set(given) - set(known)):
        names = ", ".join(known) or "none"
        raise Unprocessable(f"{channel.title} has no credential {odd[0]!r}. It has: {names}.")
    found = {name: value.strip() for name, value in given.items() if value.strip()}
    for credential in channel.credentials:
        if whole and credential.required and credential.name not in found:
            raise Unprocessable(f"{credential.label} is missing. {credential.help}")
    return found


def read_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """A change of a line's settings; None takes one away.

        rate_per_second    how many messages a second may go out
        prices             {"currency": "USD", "marketing": 0.06, "utility": 0.01}
        ratings            {"ask": "people", "delay_seconds": 60}: whether a rating is asked for
                           after a resolution: people's, all or off
        outside_window     {"template": "answer", "language": "contact", "parameters": ["{{text}}"]}

    Raises Unprocessable, naming the setting.
    """
    rate = given.get("rate_per_second")
    if rate is not None and (
        isinstance(rate, bool)
        or not isinstance(rate, int | float)
        or not 0 < rate <= MOST_PER_SECOND
    ):
        raise Unprocessable(
            f"rate_per_second is a number above 0 and up to {MOST_PER_SECOND:g}, not {rate!r}."
        )
    for name in ("prices", "outside_window", "ratings"):
        if given.get(name) is not None and not isinstance(given[name], dict):
            raise Unprocessable(f"{name} is a JSON object in braces.")
    _check_prices(given.get("prices") or {})
    _check_outside_window(given.get("outside_window") or {})
    _check_ratings(given.get("ratings") or {})
    return dict(given)


def _check_outside_window(rule: Mapping[str, Any]) -> None:
    if rule and not (isinstance(rule.get("template"), str) and rule["template"].strip()):
        raise Unprocessable("outside_window: give the template's name.")
    if not isinstance(rule.get("language", ""), str):
        raise Unprocessable('outside_window: language is a code such as es_MX, or "contact".')
    parameters = rule.get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(it, str) for it in parameters):
        raise Unprocessable("outside_window: parameters is a list of texts.")


def _check_ratings(rule: Mapping[str, Any]) -> None:
    if rule.get("ask", "people") not in {"people", "all", "off"}:
        raise Unprocessable("ratings: ask is people, all or off.")
    delay = rule.get("delay_seconds", 0)
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= 3600:
        raise Unprocessable(f"ratings: delay_seconds is 0 to 3600, not {delay!r}.")


def _check_prices(prices: Mapping[str, Any]) -> None:
    for name, price in prices.items():
        if isinstance(price, dict):
            _check_prices(price)
        elif isinstance(price, bool) or not isinstance(price, int | float | str):
            raise Unprocessable(f"prices: {name} is a number, not {price!r}.")
        elif isinstance(price, int | float) and not 0 <= price < 1e6:
            raise Unprocessable(f"prices: {name} is {price!r}; a price is 0 or more.")
