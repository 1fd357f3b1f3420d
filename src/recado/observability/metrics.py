"""Metrics: small methods that features call, in a Prometheus registry of this runtime's own.

Observing sits on the message way, so labelled children are resolved once and kept. Figures that
need a query (queue depth, dead letters) are gauges, set when somebody scrapes.

Some twenty counters and histograms are added to for each message. prometheus-client's own take a
lock for every number and look through the buckets one by one; these are plain numbers, added to by
one thread (the event loop's), in the same form at a scrape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from recado import __version__
from recado.observability.catalogue import FAMILIES, Family
from recado.observability.failures import failures
from recado.observability.unlogged import LOST

#: Label values come from few hands, but some from outside (a message's type): a metric with this
#: many children counts all further ones as "other", so that nobody can fill the memory.
MOST_CHILDREN = 500
OTHER = "other"

Child = TypeVar("Child")


class Counter:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def inc(self, amount: float = 1.0) -> None:
        self.value += amount


class Histogram:
    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        #: How many were within each bound and above the one before; the last: above them all.
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += value


class _Children(Collector, Generic[Child]):
    """A metric's children by their label values, each made when it is first asked for."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.children: dict[tuple[str, ...], Child] = {}

    def at(self, *labels: str) -> Child:
        child = self.children.get(labels)
        if child is None:
            if len(self.children) >= MOST_CHILDREN and OTHER not in labels:
                return self.at(*(OTHER for _ in labels))
            child = self.children[labels] = self.make()
        return child

    def make(self) -> Child:
        raise NotImplementedError


class Counters(_Children[Counter]):
    def make(self) -> Counter:
        return Counter()

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = self.family
        collected = CounterMetricFamily(family.name, family.help, labels=family.labels)
        for labels, child in self.children.items():
            collected.add_metric(labels, child.value)
        yield collected


class OfProcess(Collector):
    """Counters that the process keeps by itself, asked at a scrape."""

    def __init__(self, family: Family, ask: Callable[[], Mapping[tuple[str, ...], float]]) -> None:
        self._family = family
        self._ask = ask

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = self._family
        collected = CounterMetricFamily(family.name, family.help, labels=family.labels)
        for labels, value in self._ask().items():
            collected.add_metric(labels, value)
        yield collected


class Histograms(_Children[Histogram]):
    def make(self) -> Histogram:
        return Histogram(self.family.buckets)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = self.family
        collected = HistogramMetricFamily(family.name, family.help, labels=family.labels)
        bounds = [*map(floatToGoString, family.buckets), "+Inf"]
        for labels, child in self.children.items():
            within = accumulate(child.counts)
            collected.add_metric(labels, list(zip(bounds, within, strict=True)), child.sum)
        yield collected


CONTENT_TYPE = CONTENT_TYPE_LATEST
_BREAKER_STATES = {"closed": 0, "half-open": 1, "open": 2}


class Depth(Protocol):
    """What waits in a queue, as its port tells it."""

    @property
    def waiting(self) -> int: ...
    @property
    def leased(self) -> int: ...
    @property
    def oldest_seconds(self) -> float: ...


class Metrics:
    """One runtime's metrics. Times are in seconds."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._webhook = self._histograms("recado_webhook_seconds")
        self._inbound = self._counters("recado_inbound_messages_total")
        self._sent = self._histograms("recado_send_seconds")
        self._status = self._counters("recado_statuses_total")
        self._make_those_of_files()
        self._job = self._histograms("recado_job_seconds")
        self._turn = self._histograms("recado_turn_seconds")
        self._turn_model = self._histograms("recado_turn_model_seconds").at()
        self._tokens = self._counters("recado_model_tokens_total")
        self._model_errors = self._counters("recado_model_errors_total")
        self._cost = self._counters("recado_model_cost_dollars_total")
        self._calls = self._histograms("recado_model_call_seconds")
        self._quality = self._histograms("recado_reply_quality_score").at()
        self._escalated = self._counters("recado_escalations_total")
        self._breaches = self._counters("recado_service_level_breaches_total")
        self._levels = self._histograms("recado_service_level_seconds")
        self._context = self._histograms("recado_context_retrieval_seconds").at()
        self._prunings = self._counters("recado_context_prunings_total").at()
        self._cache = self._counters("recado_cache_requests_total")
        self._cache_hit, self._cache_miss = self._cache.at("hit"), self._cache.at("miss")
        database = self._histograms("recado_database_seconds")
        self._read, self._write = database.at("read"), database.at("write")
        self._security = self._counters("recado_security_events_total")
        self._waiting = _gauge(self.registry, "recado_queue_waiting_jobs")
        self._leased = _gauge(self.registry, "recado_queue_leased_jobs")
        self._oldest = _gauge(self.registry, "recado_queue_oldest_job_seconds")
        self._dead_letters = _gauge(self.registry, "recado_dead_letters_open")
        self._active = _gauge(self.registry, "recado_active_sessions")
        self._up = _gauge(self.registry, "recado_dependency_up")
        self._disk_free = _gauge(self.registry, "recado_disk_free_bytes")
        self._breaker = _gauge(self.registry, "recado_circuit_breaker_state")
        self._overdue = _gauge(self.registry, "recado_escalations_overdue")
        self._under_way = _gauge(self.registry, "recado_webhooks_under_way")
        self._of_process("recado_log_lines_lost_total", lambda: {(): LOST.lines})
        self._of_process(
            "recado_task_failures_total", lambda: {(it,): n for it, n in failures.items()}
        )
        self._breakers: set[str] = set()
        _gauge(self.registry, "recado_build_info").labels(__version__).set(1)
        self._queues: set[str] = set()

    def _histograms(self, name: str) -> Histograms:
        made = Histograms(FAMILIES[name])
        self.registry.register(made)
        return made

    def _counters(self, name: str) -> Counters:
        made = Counters(FAMILIES[name])
        self.registry.register(made)
        return made

    def _of_process(self, name: str, ask: Callable[[], Mapping[tuple[str, ...], float]]) -> None:
        self.registry.register(OfProcess(FAMILIES[name], ask))

    # Messages in and out

    def webhook(self, channel: str, outcome: str, seconds: float) -> None:
        self._webhook.at(channel, outcome).observe(seconds)

    def inbound(self, channel: str, type: str) -> None:
        self._inbound.at(channel, type).inc()

    def sent(self, channel: str, outcome: str, seconds: float) -> None:
        self._sent.at(channel, outcome).observe(seconds)

    def status(self, status: str) -> None:
        self._status.at(status).inc()

    # Files

    def _make_those_of_files(self) -> None:
        self._media = self._histograms("recado_media_download_seconds")
        self._reading = self._histograms("recado_media_reading_seconds")
        self._media_errors = self._counters("recado_media_errors_total")
        self._storage_errors = self._counters("recado_media_storage_errors_total")
        self._stored = _gauge(self.registry, "recado_media_stored_bytes")

    def media(self, channel: str, outcome: str, seconds: float) -> None:
        """A try to fetch a received file."""
        self._media.at(channel, outcome).observe(seconds)
        if outcome != "stored":
            self._media_errors.at(outcome).inc()

    def reading(self, reader: str, outcome: str, seconds: float) -> None:
        """A try of a reader at a file."""
        self._reading.at(reader, outcome).observe(seconds)
        if outcome not in ("read", "nothing"):
            self._media_errors.at(f"reading_{outcome}").inc()

    def storage_failed(self, storage: str, reason: str) -> None:
        self._storage_errors.at(storage, reason).inc()

    # Jobs

    def job(self, queue: str, outcome: str, seconds: float) -> None:
        """Fits the worker's `observe`."""
        self._job.at(queue, outcome).observe(seconds)

    # The assistant

    def turn(self, outcome: str, seconds: float, model_seconds: float) -> None:
        self._turn.at(outcome).observe(seconds)
        self._turn_model.observe(model_seconds)

    def tokens(self, model: str, direction: str, n: int) -> None:
        """`direction` is "in" or "out"."""
        self._tokens.at(model, direction).inc(n)

    def model_error(self, model: str, kind: str) -> None:
        self._model_errors.at(model, kind).inc()

    def model_cost(self, model: str, dollars: float) -> None:
        self._cost.at(model).inc(dollars)

    def model_call(self, model: str, outcome: str, seconds: float) -> None:
        """One request to a provider's model, answered or not."""
        self._calls.at(model, outcome).observe(seconds)

    def quality(self, score: float) -> None:
        """`score` is from 0 to 1."""
        self._quality.observe(score)

    def escalated(self, priority: str) -> None:
        self._escalated.at(priority).inc()

    # Context

    def clock_met(self, target: str, priority: str, seconds: float) -> None:
        self._levels.at(target, priority).observe(seconds)

    def clock_breached(self, target: str, priority: str) -> None:
        self._breaches.at(target, priority).inc()

    def context_retrieval(self, seconds: float) -> None:
        self._context.observe(seconds)

    def context_pruned(self) -> None:
        self._prunings.inc()

    def cache(self, hit: bool) -> None:
        (self._cache_hit if hit else self._cache_miss).inc()

    # What it stands on

    def database_read(self, seconds: float) -> None:
        self._read.observe(seconds)

    def database_write(self, seconds: float) -> None:
        self._write.observe(seconds)

    def security_event(self, kind: str) -> None:
        self._security.at(kind).inc()

    # At a scrape

    def set_queues(self, depths: Mapping[str, Depth]) -> None:
        """Queues with nothing in them may be absent from `depths`; they go to 0."""
        self._queues.update(depths)
        for name in self._queues:
            depth = depths.get(name)
            self._waiting.labels(name).set(depth.waiting if depth else 0)
            self._leased.labels(name).set(depth.leased if depth else 0)
            self._oldest.labels(name).set(depth.oldest_seconds if depth else 0)

    def set_dead_letters(self, count: int) -> None:
        self._dead_letters.set(count)

    def set_stored_bytes(self, count: int) -> None:
        self._stored.set(count)

    def set_active_sessions(self, count: int) -> None:
        self._active.set(count)

    def set_dependency(self, name: str, *, up: bool) -> None:
        self._up.labels(name).set(int(up))

    def set_disk_free(self, count: int) -> None:
        self._disk_free.set(count)

    def set_breakers(self, states: Mapping[str, str]) -> None:
        """By name: closed, half-open or open. Those that are gone are shown no more."""
        for name in self._breakers - set(states):
            self._breaker.remove(name)
        self._breakers = set(states)
        for name, state in states.items():
            self._breaker.labels(name).set(_BREAKER_STATES[state])

    def set_overdue(self, count: int) -> None:
        self._overdue.set(count)

    def watch_webhooks(self, under_way: Callable[[], float]) -> None:
        """`under_way` is asked at each scrape."""
        self._under_way.set_function(under_way)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format (see CONTENT_TYPE)."""
        return generate_latest(self.registry)


def _gauge(registry: CollectorRegistry, name: str) -> Gauge:
    family = FAMILIES[name]
    return Gauge(name, family.help, family.labels, registry=registry)
