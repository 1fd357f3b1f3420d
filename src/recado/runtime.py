"""What a running Recado is made of: built by `app/wiring.py`, handed to every feature's edge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recado.errors import NotFound
from recado.observability.tracing import OFF, Tracing

if TYPE_CHECKING:
    from recado.assistant.characters import Characters
    from recado.assistant.intents.registry import Dialogues
    from recado.assistant.knowledge import KnowledgeBase
    from recado.assistant.knowledge.pages import WebPages
    from recado.assistant.models import Models
    from recado.assistant.tools import Tools
    from recado.assistant.tools.calling import ToolCalls
    from recado.aws.comprehend import Comprehend
    from recado.cache.redis import RedisCache
    from recado.channels.port import Channel
    from recado.crm.registry import Crms
    from recado.escalation.policy.compiled import EscalationPolicy
    from recado.escalation.policy.live import Policies
    from recado.events import EventBus
    from recado.lines.registry import Lines
    from recado.media.convert.apart import Converter
    from recado.media.fetch import Fetcher
    from recado.media.reading.plan import Plan
    from recado.media.storage.port import Blobs
    from recado.notifications.registry import Notifications
    from recado.observability.metrics import Metrics
    from recado.queue.port import Queue
    from recado.security.encryption import Cipher
    from recado.settings import Settings
    from recado.store import Store
    from recado.store.clock import DatabaseClock
    from recado.subscriptions.registry import Subscriptions
    from recado.turns.context import ContextReader


class Channels(dict[str, "Channel"]):
    """By their kind. Raises NotFound for one that has no adapter."""

    def __missing__(self, kind: str) -> Channel:
        raise NotFound(f"There is no channel {kind!r}; there are {', '.join(self)}.")


@dataclass(slots=True)
class Runtime:
    settings: Settings
    store: Store
    queue: Queue
    bus: EventBus
    cipher: Cipher
    lines: Lines
    channels: Channels
    blobs: Blobs
    converter: Converter
    fetcher: Fetcher
    #: Who reads what stands in files.
    reading: Plan
    knowledge: KnowledgeBase
    pages: WebPages
    models: Models
    characters: Characters
    tools: Tools
    tool_calls: ToolCalls
    dialogues: Dialogues
    #: Who outside wants to hear of events.
    subscriptions: Subscriptions
    #: Who of the team wants to hear of what.
    notifications: Notifications
    #: The business's CRMs.
    crms: Crms
    context: ContextReader
    metrics: Metrics
    #: From which score on a person takes over, and how much each reason weighs: by the settings,
    #: and by what the business has published.
    escalation: EscalationPolicy
    policies: Policies
    api_key: str
    #: What all processes on the database count their leases by.
    clock: DatabaseClock
    #: Shared by several machines; None: each process keeps its own.
    cache: RedisCache | None = None
    #: Analyses texts in the place of the embedded analysis, where a setting asks for it.
    comprehend: Comprehend | None = None
    #: The services that this process hosts.
    services: tuple[str, ...] = ()
    started_at: float = field(default=0.0)
    tracing: Tracing = OFF

    @property
    def needs_store(self) -> bool:
        """False: this process does its work while the database is away. Ingestion needs the
        queue and nothing else, so with a broker it outlives the database."""
        return set(self.services) != {"ingest"} or self.queue.transactional
