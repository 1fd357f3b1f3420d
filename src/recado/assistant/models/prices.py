"""What a model's call costs: by the price that the operator has set, else as the provider tells
it, else by the table that comes in the package genai-prices. Nothing is downloaded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from recado.assistant.models.calls import MICROS
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

    def __init__(self, own: Mapping[str, Price] | None = None) -> None:
        self._own = dict(own or {})

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

    def knows(self, name: str) -> bool:
        """Whether the price of that model is known. The table takes a second to load."""
        if ":" not in name or self._own_price(name):  # the embedded model costs nothing
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
        if name in self._own:
            return self._own[name]
        begins = (it for it in self._own if it.endswith("*") and name.startswith(it[:-1]))
        return self._own.get(max(begins, key=len, default=""))


def read_prices(text: str) -> dict[str, Price]:
    """`openai:gpt-5-mini=0.25/2, bedrock:*=3/15/0.3` as prices. Raises SettingsError."""
    prices = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, given = (it.strip() for it in part.rpartition("="))
        try:
            figures = [float(it) for it in given.split("/")]
        except ValueError:
            figures = []
        sound = len(figures) in (2, 3) and all(0 <= it < math.inf for it in figures)
        if not name or not sound:
            raise SettingsError(
                f"{_SETTING} has {part!r}; it takes MODEL=READ/GENERATED or"
                " MODEL=READ/GENERATED/CACHED, in US dollars for a million tokens, separated by"
                " commas."
            )
        prices[name] = Price(figures[0], figures[1], figures[2] if figures[2:] else figures[0])
    return prices
