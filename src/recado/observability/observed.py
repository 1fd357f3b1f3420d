"""Counters and histograms that are cheap to add to, and collected at a scrape.

Some twenty are added to for each message. prometheus-client's own take a lock for every number and
look through the buckets one by one; these are plain numbers, added to by one thread (the event
loop's), in the same form at a scrape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Generic, TypeVar

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from recado.observability.catalogue import Family

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
