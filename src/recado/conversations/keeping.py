"""What conversations keep of people, besides themselves, their contact and its files."""

from __future__ import annotations

from recado.conversations.facts.model import ContactFact
from recado.conversations.model import ConversationEvent, IdentityChange, Message, Note
from recado.conversations.summaries.model import ConversationSummary
from recado.store.keeping import Keeping, OfContact, OfConversation, after_days

#: So long after a change of number, something that was said before it may still come.
IDENTITY_CHANGE_DAYS = 30

KEEPING = Keeping(
    of_conversation=(
        OfConversation("messages", Message),  # by their age: maintenance/old_messages.py
        OfConversation("summaries", ConversationSummary),  # with the messages they speak for
        OfConversation("notes", Note, "old notes removed"),
        OfConversation("events", ConversationEvent, "old entries of conversations' logs removed"),
    ),
    of_contact=(OfContact("facts", ContactFact, "old facts about contacts removed"),),
    mentioning={"identity_changes": IdentityChange.id},
    past_time={
        "former numbers and user ids forgotten": after_days(
            IdentityChange.id, IDENTITY_CHANGE_DAYS
        ),
    },
)
