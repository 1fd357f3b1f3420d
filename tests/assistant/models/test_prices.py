"""What a call costs: the operator's price, the provider's own, the table's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.usage import RequestUsage

from recado.assistant.models.prices import Prices, read_prices
from recado.errors import SettingsError


def response(model: str = "gpt-4o-mini", **usage: int | Decimal) -> ModelResponse:
    used = RequestUsage(**usage)  # type: ignore[arg-type]
    return ModelResponse(
        parts=[TextPart("x")], usage=used, model_name=model, provider_name="openai"
    )


def test_the_table_in_the_package_has_the_usual_models() -> None:
    cost = Prices().cost("openai:gpt-4o-mini", response(input_tokens=1000, output_tokens=1000))
    assert cost == 150 + 600  # 0.15 and 0.60 dollars for a million
    assert Prices().knows("openai:gpt-4o-mini")
    assert Prices().knows("anthropic:claude-sonnet-4-5")
    assert Prices().knows("bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert Prices().knows("embedded")


def test_of_a_model_that_nobody_knows_there_is_no_price() -> None:
    used = response("my-own", input_tokens=1000, output_tokens=1000)
    assert Prices().cost("openai:my-own", used) is None
    assert not Prices().knows("openai:my-own")


def test_what_the_provider_tells_comes_before_the_table() -> None:
    used = response(input_tokens=1000, output_tokens=1000, cost=Decimal("0.01"))
    assert Prices().cost("openai:gpt-4o-mini", used) == 10_000


def test_the_operators_price_comes_first_and_knows_cheaper_cached_tokens() -> None:
    prices = Prices(read_prices("openai:gpt-4o-mini=1/2/0.5, openai:my-*=0/0, openai:my-big=3/4"))
    used = response(
        input_tokens=1000, cache_read_tokens=400, output_tokens=100, cost=Decimal("0.01")
    )
    assert prices.cost("openai:gpt-4o-mini", used) == 600 + 200 + 200
    assert prices.cost("openai:my-own", used) == 0
    assert prices.cost("openai:my-big", used) == 3000 + 400
    assert prices.knows("openai:my-own")


@pytest.mark.parametrize("wrong", ["gpt", "gpt=1", "gpt=a/b", "=1/2", "gpt=1/-2", "gpt=1/nan"])
def test_a_price_that_cannot_be_read_stops_the_start_by_the_settings_name(wrong: str) -> None:
    with pytest.raises(SettingsError, match="RECADO_MODEL_PRICES"):
        read_prices(wrong)
