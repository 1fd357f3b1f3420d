"""What the assistant answers from: files become passages, passages are found and scored."""

from recado.assistant.knowledge.base import KnowledgeBase
from recado.assistant.knowledge.confidence import ANSWERS
from recado.assistant.knowledge.features import ABOUT_IT
from recado.assistant.knowledge.hits import Hit
from recado.assistant.knowledge.sources import KnowledgeSourceView

__all__ = ["ABOUT_IT", "ANSWERS", "Hit", "KnowledgeBase", "KnowledgeSourceView"]
