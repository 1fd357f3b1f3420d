"""What ratings keep of people."""

from __future__ import annotations

from recado.satisfaction.model import Rating
from recado.store.keeping import Keeping, OfConversation

KEEPING = Keeping(of_conversation=(OfConversation("ratings", Rating, "old ratings removed"),))
