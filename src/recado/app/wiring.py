"""Settings → adapters: the only file that names adapters, but for readers of files (readers.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from recado.app.readers import READERS, READERS_OVER
from recado.assistant.characters import Characters
from recado.assistant.intents.registry import Dialogues
from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.pages import WebPages
from recado.assistant.models import Models
from recado.assistant.models.prices import Prices, read_prices
from recado.assistant.spending import FileSpending
from recado.assistant.tools import Tools
from recado.assistant.tools.reaching import open_tool_calls
from recado.assistant.vision.opening import Vision
from recado.aws.comprehend import open_comprehend
from recado.cache.redis import RedisCache
from recado.channels.evolution import EvolutionChannel
from recado.channels.port import Channel
from recado.channels.twilio import TwilioChannel
from recado.channels.web import WebChannel
from recado.channels.whatsapp import WhatsAppChannel
from recado.crm.registry import Crms
from recado.desk.words import translator
from recado.errors import SettingsError
from recado.escalation.clocks.tending import follow_events
from recado.escalation.policy.live import Policies
from recado.escalation.reasons import policy_of
from recado.events import EventBus, OwnershipChanged
from recado.extras import needing
from recado.http.outward import Outward
from recado.lines.registry import Lines
from recado.media.convert.apart import Converter
from recado.media.fetch import Fetcher
from recado.media.reading.papers.opening import scans_for_knowledge
from recado.media.reading.plan import open_plan
from recado.media.storage.counted import CountedBlobs
from recado.media.storage.opening import default_url, open_storage
from recado.notifications.registry import Notifications
from recado.notifications.senders.opening import open_senders
from recado.observability.metrics import Metrics
from recado.observability.tracing import open_tracing
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.brokers.engines import open_broker
from recado.queue.node import claim_node
from recado.queue.port import Queue
from recado.queue.sql.queue import SqlQueue
from recado.resilience.breaker import Figures
from recado.runtime import Channels, Runtime
from recado.satisfaction.planning import Planner
from recado.security.encryption import Cipher
from recado.security.private_files import protect
from recado.settings import Settings, ensure_secret
from recado.store import Followers, Store, now, open_store
from recado.store.clock import FIRST_ASKED, DatabaseClock
from recado.store.migrate import migrate
from recado.store.store import MeasuredStore
from recado.subscriptions.registry import Subscriptions
from recado.turns.context import ContextReader
from recado.turns.sessions import InProcessSessions, SharedSessions

if TYPE_CHECKING:
    from recado.assistant.knowledge.meaning.meaning import Meaning

#: Every kind of channel there is: a new one is its folder and a line here.
CHANNELS: tuple[type[Channel], ...] = (
    WhatsAppChannel,
    EvolutionChannel,
    TwilioChannel,
    WebChannel,
)


async def build_runtime(settings: Settings, services: Sequence[str] = ()) -> Runtime:
    """A runtime that is ready to work. The caller closes it with `close_runtime`.

    Raises SettingsError, ServiceUnavailable.
    """
    runtime = open_runtime(settings, services)
    try:
        await prepare_runtime(runtime)
    except BaseException:
        await close_runtime(runtime)
        raise
    return runtime


def open_runtime(settings: Settings, services: Sequence[str] = ()) -> Runtime:
    """Tie together everything that `settings` name. Nothing outside is asked for anything yet.

    The caller closes it with `close_runtime`. Raises SettingsError.
    """
    protect(settings.data, database_file(settings))
    tracing = open_tracing(settings)
    metrics = Metrics()
    opened = open_store(
        settings.store_url, sync=settings.sqlite_sync, pool_size=settings.database_pool
    )
    store = MeasuredStore(opened, metrics)
    clock = DatabaseClock(store)
    queue, bus = open_queue(settings, store, services, clock), EventBus()
    store.follow(Followers(bus.announce, queue.publish_in))
    follow_events(bus, metrics)
    cipher = Cipher(secret_keys(settings))
    channels = open_channels(settings)
    lines = Lines(store, cipher, settings, channels, remember_in=settings.data / "lines.remembered")
    bus.keep((OwnershipChanged,), Planner(settings, lines).hear)
    characters = Characters(store)
    prices = Prices(read_prices(settings.model_prices))
    spending = FileSpending(store, lines, characters, metrics, prices)
    vision = Vision(spending, prices, breaker_figures(settings))
    reading = open_plan(settings, READERS | vision.openers(), READERS_OVER, spending)
    blobs = CountedBlobs(
        open_storage(settings.blob_url or default_url(settings), settings), metrics
    )
    knowledge = KnowledgeBase(
        store,
        meaning=open_meaning(settings, store),
        scans=scans_for_knowledge(reading.readers),
        blobs=blobs,
    )
    cache = open_cache(settings)
    tools = Tools(store, cipher)
    subscriptions = open_subscriptions(settings, store, cipher, bus)
    models = Models(
        knowledge,
        timeout_seconds=settings.model_timeout_seconds,
        openai_base_url=settings.openai_base_url,
        aws_region=settings.aws_region,
        breaker=breaker_figures(settings),
        prices=prices,
    )
    return Runtime(
        settings=settings,
        store=store,
        queue=queue,
        bus=bus,
        cipher=cipher,
        lines=lines,
        channels=channels,
        blobs=blobs,
        converter=Converter(),
        fetcher=Fetcher([url for it in channels.values() if (url := it.moved_api())]),
        reading=reading,
        knowledge=knowledge,
        pages=WebPages(store, knowledge, Fetcher()),
        models=models,
        characters=characters,
        tools=tools,
        tool_calls=open_tool_calls(settings, store, tools, breaker_figures(settings)),
        dialogues=Dialogues(settings.aws_region),
        subscriptions=subscriptions,
        notifications=Notifications(
            store,
            cipher,
            bus,
            open_senders(settings, subscriptions.outward),
            words=translator,
            default_language=settings.default_language,
        ),
        crms=open_crms(settings, store, cipher, bus),
        comprehend=open_comprehend(settings),
        context=ContextReader(
            InProcessSessions() if cache is None else SharedSessions(cache),
            on_cache=metrics.cache,
            on_pruned=metrics.context_pruned,
        ),
        metrics=metrics,
        escalation=(policy := policy_of(settings)),
        policies=Policies(store, policy),
        cache=cache,
        api_key=api_key(settings),
        clock=clock,
        services=tuple(services),
        started_at=now(),
        tracing=tracing,
    )


async def prepare_runtime(runtime: Runtime) -> None:
    """Bring the schema up to date, and put there what a new installation begins with.

    A process that needs no store leaves that to others, and starts while it is away.
    May be tried again. Raises SettingsError, ServiceUnavailable.
    """
    if not runtime.needs_store:
        await runtime.lines.start_without_store()
        return
    await migrate(runtime.store)
    await runtime.clock.ask(FIRST_ASKED)
    await runtime.characters.ensure_default()
    await runtime.knowledge.ensure_sample()
    await runtime.lines.start()
    await runtime.subscriptions.start()
    await runtime.notifications.start()
    await runtime.crms.start()


async def close_runtime(runtime: Runtime) -> None:
    """Release every connection; the store last, since others write their last words to it."""
    for channel in runtime.channels.values():
        await channel.close()
    await runtime.fetcher.close()
    await runtime.reading.close()
    await runtime.pages.close()
    await runtime.models.close()
    await runtime.knowledge.close()
    await runtime.tool_calls.close()
    await runtime.dialogues.close()
    await runtime.notifications.close()
    await runtime.subscriptions.close()
    await runtime.crms.close()
    if runtime.comprehend is not None:
        await runtime.comprehend.close()
    await runtime.blobs.close()
    await runtime.lines.close()
    await runtime.queue.close()
    if runtime.cache is not None:
        await runtime.cache.close()
    await runtime.store.close()
    await runtime.tracing.close()


def database_file(settings: Settings) -> Path | None:
    """Where SQLite's database is; None: there is none, or no folder for it yet."""
    url = make_url(settings.store_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    path = Path(url.database)
    return path if path.parent.is_dir() else None


def open_queue(
    settings: Settings,
    store: Store,
    services: Sequence[str] = (),
    clock: Callable[[], float] = now,
) -> Queue:
    node = claim_node(settings.data)
    if not settings.queue_url:
        return SqlQueue(store, node=node, clock=clock, listens=is_part(services))
    broker = open_broker(settings.queue_url, settings.servicebus.get_secret_value())
    return BrokeredQueue(broker, store, node=node, clock=clock)


def is_part(services: Sequence[str]) -> bool:
    """Whether a process that hosts `services` gets work from others."""
    if not services:
        return False
    from recado.app.services import SERVICES  # loaded already by whoever named some

    return len(services) < len(SERVICES)


def open_meaning(settings: Settings, store: Store) -> Meaning | None:
    """Raises SettingsError: no such embedding model, or its extra is missing."""
    if not settings.embeddings.strip():
        return None
    from recado.assistant.knowledge.meaning.opening import open_embedder

    embedder = open_embedder(
        settings.embeddings,
        openai_base_url=settings.openai_base_url,
        breaker=breaker_figures(settings),
    )
    from recado.assistant.knowledge.meaning.meaning import Meaning

    return Meaning(store, embedder) if embedder else None


def open_cache(settings: Settings) -> RedisCache | None:
    if not settings.cache_url:
        return None
    try:
        with needing("redis", "RECADO_CACHE_URL"):
            return RedisCache(settings.cache_url)
    except ValueError as error:
        raise SettingsError(f"RECADO_CACHE_URL: {error}") from error


def open_subscriptions(
    settings: Settings, store: Store, cipher: Cipher, bus: EventBus
) -> Subscriptions:
    name = "RECADO_WEBHOOKS_PRIVATE_HOSTS"
    outward = Outward(settings.webhooks_private_hosts.split(","), setting=name)
    return Subscriptions(store, cipher, bus, outward, source_service=settings.service_name)


def open_crms(settings: Settings, store: Store, cipher: Cipher, bus: EventBus) -> Crms:
    name = "RECADO_CRM_PRIVATE_HOSTS"
    return Crms(store, cipher, bus, Outward(settings.crm_private_hosts.split(","), setting=name))


def breaker_figures(settings: Settings) -> Figures:
    return Figures(settings.breaker_failures, settings.breaker_seconds)


def open_channels(settings: Settings) -> Channels:
    return Channels((it.kind, it.from_settings(settings)) for it in CHANNELS)


def secret_keys(settings: Settings) -> list[str]:
    """RECADO_SECRET_KEY, newest first; made and kept in RECADO_DATA when it is not set."""
    given = settings.secret_key.get_secret_value()
    keys = [key.strip() for key in given.split(",") if key.strip()]
    return keys or [ensure_secret(settings.data / "secret_key")]


def api_key(settings: Settings) -> str:
    """RECADO_API_KEY; made and kept in RECADO_DATA when it is not set."""
    return settings.api_key.get_secret_value() or ensure_secret(settings.data / "api_key")
