"""What a model's call costs: by the price that the operator has set, else as the provider tells
it, else by the table that comes in the package genai-prices. Nothing is downloaded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from recado.assistant.models.calls import MICROS
from recado.assistant.models.services import PRICES, UNITS, UnitPrice
from recado.errors import SettingsError

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

_SETTING = "RECADO_MODEL_PRICES"
#: pydantic-ai's names of providers that the table calls otherwise.
_PROVIDERS = {
    "bedrock": "aws",
    "google-cloud": "google",
    "google-gla": "google",
    "google-vertex": "google",
    "openai-chat": "openai",
    "openai-responses": "openai",
}


P = TypeVar("P")


class Price(msgspec.Struct, frozen=True):
    """US dollars for a million tokens: read, generated, and read from the provider's cache."""

    read: float
    generated: float
    cached: float

    def of(self, tokens_in: int, tokens_out: int, tokens_cached: int) -> int:
        """In millionths of a dollar."""
        fresh = max(0, tokens_in - tokens_cached)
        cost = fresh * self.read + tokens_cached * self.cached + tokens_out * self.generated
        return round(cost)


class Prices:
    """`own` are the operator's, by a model's name, or by how it begins with a `*` after it."""

    def __init__(self, own: Mapping[str, Price | UnitPrice] | None = None) -> None:
        given = own or {}
        self._own = {name: it for name, it in given.items() if isinstance(it, Price)}
        self._own_units = {name: it for name, it in given.items() if isinstance(it, UnitPrice)}

    def cost(self, name: str, response: ModelResponse) -> int | None:
        """What a response of the model `name` costs, in millionths of a dollar; None: nobody knows
        its price."""
        usage = response.usage
        if own := self._own_price(name):
            return own.of(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)
        if usage.cost is not None:
            return round(float(usage.cost) * MICROS)
        told = replace(response, usage=replace(usage, unmeasured_requests=0))
        try:
            return round(float(told.cost().total_price) * MICROS)
        except (LookupError, ValueError, AssertionError):
            return None

    def of_use(self, name: str, unit: str, amount: float) -> int | None:
        """What a service costs that counts minutes, pictures or pages, as `cost` tells it."""
        price = _found(self._own_units, name) or PRICES.get(name)
        known = price is not None and price.unit == unit
        return round(price.dollars * amount * MICROS) if price and known else None

    def knows(self, name: str) -> bool:
        """Whether the price of that model is known. The table takes a second to load."""
        if ":" not in name or self._own_price(name):  # the embedded model costs nothing
            return True
        if name in PRICES or _found(self._own_units, name) is not None:
            return True
        try:
            from genai_prices import Usage, calc_price
        except ImportError:  # then no provider's model can be asked, either
            return True
        kind, _, model = name.partition(":")
        try:
            calc_price(Usage(), model, provider_id=_PROVIDERS.get(kind, kind))
        except (LookupError, ValueError):
            return False
        return True

    def _own_price(self, name: str) -> Price | None:
        return _found(self._own, name)


def _found(prices: Mapping[str, P], name: str) -> P | None:
    if name in prices:
        return prices[name]
    begins = (it for it in prices if it.endswith("*") and name.startswith(it[:-1]))
    return prices.get(max(begins, key=len, default=""))


def read_prices(text: str) -> dict[str, Price | UnitPrice]:
    """`openai:gpt-5-mini=0.25/2, bedrock:*=3/15/0.3, openai:whisper-1=0.006/minute` as prices.
    Raises SettingsError."""
    prices: dict[str, Price | UnitPrice] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, given = (it.strip() for it in part.rpartition("="))
        amount, _, unit = given.partition("/")
        if name and unit.strip() in UNITS and (dollars := _amount(amount)) is not None:
            prices[name] = UnitPrice(dollars, unit.strip())
            continue
        try:
            figures = [float(it) for it in given.split("/")]
        except ValueError:
            figures = []
        sound = len(figures) in (2, 3) and all(0 <= it < math.inf for it in figures)
        if not name or not sound:
            raise SettingsError(
                f"{_SETTING} has {part!r}; it takes MODEL=READ/GENERATED or"
                " MODEL=READ/GENERATED/CACHED, in US dollars for a million tokens, and"
                " MODEL=DOLLARS/minute, /picture or /page, separated by commas."
            )
        prices[name] = Price(figures[0], figures[1], figures[2] if figures[2:] else figures[0])
    return prices


def _amount(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None
