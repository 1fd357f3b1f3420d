"""What the assistant answers from: files become passages, passages are found and scored."""

from recado.assistant.knowledge.base import KnowledgeBase
from recado.assistant.knowledge.corpus import Hit
from recado.assistant.knowledge.scoring import ANSWERS
from recado.assistant.knowledge.sources import KnowledgeSourceView

__all__ = ["ANSWERS", "Hit", "KnowledgeBase", "KnowledgeSourceView"]
