"""The models of an installation by their names, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import embedded
from recado.assistant.models.connecting import Connecting
from recado.assistant.models.prices import Prices
from recado.assistant.port import Model
from recado.errors import ModelRefused
from recado.resilience.breaker import FIGURES, Breakers, Figures


class Models:
    def __init__(
        self,
        knowledge: KnowledgeBase,
        *,
        timeout_seconds: float = 60.0,
        openai_base_url: str = "",
        aws_region: str = "",
        breaker: Figures = FIGURES,
        prices: Prices | None = None,
    ) -> None:
        self._knowledge = knowledge
        #: What their calls cost.
        self.prices = prices or Prices()
        self._timeout_seconds = timeout_seconds
        self._connecting = Connecting(openai_base_url, aws_region, timeout_seconds)
        self._models: dict[str, Model] = {}
        self._breakers = Breakers(breaker)
        self._refused: set[str] = set()

    def get(self, name: str) -> Model:
        """The model `name`: `embedded`, or a pydantic-ai name such as `openai:…`.

        The first provider's model takes two seconds to import: ask for it at the start.
        Raises ModelRefused: no such model, its library is missing, or its key.
        """
        model = self._models.get(name)
        if model is None:
            try:
                model = self._models[name] = self._make(name)
            except ModelRefused:
                self._refused.add(name)
                raise
            self._refused.discard(name)
        return model

    def use(self, name: str, model: Model) -> None:
        """Answer with `model` where `name` is asked for."""
        self._models[name] = model

    def breakers(self) -> Mapping[str, str]:
        """The circuit breakers of the providers' models: closed, half-open or open, by name."""
        return self._breakers.states()

    def refused(self) -> frozenset[str]:
        """The models that were asked for and could not be made; `recado doctor` says why."""
        return frozenset(self._refused)

    async def close(self) -> None:
        """Release what the models hold open."""
        for model in self._models.values():
            await model.close()
        self._models.clear()

    def _make(self, name: str) -> Model:
        if name == embedded.EmbeddedModel.name:
            return embedded.EmbeddedModel(self._knowledge)
        # Imported here: an installation on the embedded model never needs it.
        from recado.assistant.models.provider import ProviderModel

        return ProviderModel(
            name,
            self._knowledge,
            timeout_seconds=self._timeout_seconds,
            connecting=self._connecting,
            breaker=self._breakers.at(name),
            prices=self.prices,
        )
