"""The models that answer: the embedded one, those of providers, and which one is chosen."""

from recado.assistant.models.embedded import EmbeddedModel
from recado.assistant.models.registry import Models, first_answer, select_model

__all__ = ["EmbeddedModel", "Models", "first_answer", "select_model"]
