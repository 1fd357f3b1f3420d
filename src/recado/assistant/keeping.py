"""What the assistant keeps of conversations."""

from __future__ import annotations

from recado.assistant.intents.model import Talk
from recado.assistant.model import ToolCall, Turn
from recado.assistant.models.model import ModelCallRow
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.store.keeping import Keeping, OfConversation

KEEPING = Keeping(
    of_conversation=(
        OfConversation("turns", Turn, "old turns removed"),
        OfConversation("tool_calls", ToolCall, "old calls of tools removed"),
        OfConversation("talks", Talk, "old structured talks removed"),
        OfConversation("model_calls", ModelCallRow, "old calls of models removed"),
        OfConversation(
            "unanswered_questions", UnansweredQuestion, "old unanswered questions removed"
        ),
    )
)
