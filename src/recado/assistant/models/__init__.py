"""The models that answer: the embedded one, those of providers, and which one is chosen."""

from recado.assistant.models.choosing import choose_models, first_answer
from recado.assistant.models.embedded import EmbeddedModel
from recado.assistant.models.registry import Models

__all__ = ["EmbeddedModel", "Models", "choose_models", "first_answer"]
