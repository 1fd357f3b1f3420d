"""The readers that see, as settings ask for them, and where their costs are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from recado.assistant.characters import Characters
from recado.assistant.models.calls import ModelCall, count_in
from recado.assistant.models.connecting import Connecting, connect
from recado.assistant.models.ledger import Caller, TurnCalls, keep_calls
from recado.assistant.models.prices import Prices
from recado.assistant.models.provider_requests import ProviderRequests
from recado.assistant.neutral import persona_among
from recado.assistant.vision.readers import FrameReader, VisionReader
from recado.conversations.model import Conversation, Message
from recado.extras import is_installed
from recado.lines.registry import Lines
from recado.media.model import Media
from recado.media.reading.plan import Opener
from recado.observability.metrics import Metrics
from recado.resilience.breaker import FIGURES, Breaker, Figures
from recado.settings import Settings
from recado.store import Store


@dataclass(frozen=True, slots=True)
class Vision:
    """Opens the readers that see; what they ask is kept as asked for the file's conversation."""

    store: Store
    lines: Lines
    characters: Characters
    metrics: Metrics
    prices: Prices
    breaker: Figures = FIGURES

    def openers(self) -> dict[str, Opener]:
        """By the names that the plan of reading has for them."""
        return {"vision": self.open_pictures, "frames": self.open_videos}

    def open_pictures(self, settings: Settings) -> VisionReader | None:
        """None: no model is set."""
        if not settings.vision_model:
            return None
        return VisionReader(lambda: self._requests(settings), self.keep)

    def open_videos(self, settings: Settings) -> FrameReader | None:
        """None: no model is set, or nothing here unpacks videos (the extra `sound`)."""
        if not settings.vision_model or not is_installed("av"):
            return None
        return FrameReader(lambda: self._requests(settings), self.keep)

    async def keep(self, media_id: str, made: Sequence[ModelCall]) -> None:
        """Nothing of a file that was erased meanwhile."""
        count_in(self.metrics, made)
        sent_in = (
            select(Conversation.id, Conversation.line_id, Conversation.character_id)
            .join(Message, Message.conversation_id == Conversation.id)
            .join(Media, Media.message_id == Message.id)
            .where(Media.id == media_id)
        )
        row = await self.store.read(lambda tx: tx.first(sent_in))
        if row is None:
            return
        persona = await persona_among(self.lines, self.characters, row.line_id, row.character_id)
        caller = Caller(
            conversation_id=row.id,
            turn_id="",
            line_id=row.line_id,
            character_id=persona.id,
            time_zone=persona.time_zone,
        )
        calls = TurnCalls(made=list(made), caller=caller)
        await self.store.write(lambda tx: keep_calls(tx, calls))

    def _requests(self, settings: Settings) -> ProviderRequests:
        """Raises ModelRefused."""
        name, seconds = settings.vision_model, settings.model_timeout_seconds
        return ProviderRequests(
            name,
            connect(name, Connecting(settings.openai_base_url, settings.aws_region, seconds)),
            timeout_seconds=seconds,
            breaker=Breaker(name, self.breaker),
            prices=self.prices,
        )
