"""The readers that see, as settings ask for them, and where their costs are kept."""

from __future__ import annotations

from dataclasses import dataclass

from recado.assistant.models.connecting import Connecting, connect
from recado.assistant.models.prices import Prices
from recado.assistant.models.provider_requests import ProviderRequests
from recado.assistant.spending import FileSpending
from recado.assistant.vision.readers import FrameReader, VisionReader
from recado.extras import is_installed
from recado.media.reading.plan import Opener
from recado.resilience.breaker import FIGURES, Breaker, Figures
from recado.settings import Settings


@dataclass(frozen=True, slots=True)
class Vision:
    """Opens the readers that see; what they ask is kept as asked for the file's conversation."""

    spending: FileSpending
    prices: Prices
    breaker: Figures = FIGURES

    def openers(self) -> dict[str, Opener]:
        """By the names that the plan of reading has for them."""
        return {"vision": self.open_pictures, "frames": self.open_videos}

    def open_pictures(self, settings: Settings) -> VisionReader | None:
        """None: no model is set."""
        if not settings.vision_model:
            return None
        return VisionReader(
            lambda: self._requests(settings),
            self.spending.keep_calls,
            paid_model=settings.vision_model,
        )

    def open_videos(self, settings: Settings) -> FrameReader | None:
        """None: no model is set, or nothing here unpacks videos (the extra `sound`)."""
        if not settings.vision_model or not is_installed("av"):
            return None
        return FrameReader(
            lambda: self._requests(settings),
            self.spending.keep_calls,
            paid_model=settings.vision_model,
        )

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
