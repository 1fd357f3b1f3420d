"""Circuit breakers: a provider that is away is left in peace, and asked by one at a time.

    closed ── 5 outages in a row ──▶ open ── its rest is over ──▶ half-open: one call probes
       ▲                              ▲                                    │
       └───────── it answered ────────┼────────────────────────────────────┘
                                      └──── an outage: twice the rest, 60 s at most

The first rest is one second, so that a provider that blinks keeps nobody waiting for a minute.
Only outages count: no connection, no answer, a 5xx. A refusal is an answer. And what may be one
recipient's or one line's own trouble counts as the provider's only when another has it too, or no
other has been answered lately. docs/adr/0009.
"""

from __future__ import annotations

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

import structlog

from recado.errors import SendFailed, SendUnknown

log = structlog.get_logger(__name__)

State = Literal["closed", "half-open", "open"]
#: How long an answer to somebody tells that the provider is there.
LATELY_SECONDS = 600.0
#: How many of those who were answered are remembered.
REMEMBERED = 32
#: How soon to look again while another call probes.
PROBED_SECONDS = 1.0
#: Where one provider holds this many calls and answers none of them for SLOW_SECONDS, the next
#: ones wait outside: other providers need the places.
PLACES = 32
SLOW_SECONDS = 2.0
#: Breakers of one kind, such as one for each Evolution server; the least recently used go first.
MOST_BREAKERS = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """`rest_seconds` is the longest rest."""

    failures: int = 5
    rest_seconds: float = 60.0
    first_rest_seconds: float = 1.0


#: The figures that the requirements name, and a short first rest.
FIGURES = Figures()


class BreakerOpen(SendFailed):
    """Nothing was sent: the provider has been away, and another call looks whether it is back."""

    title = "The provider is away"

    def __init__(self, name: str, wait_seconds: float) -> None:
        super().__init__(f"{name} does not answer; the next try is soon", outage=True)
        self.wait_seconds = wait_seconds


class Breaker:
    """One provider's. Use `call` around each request, and `wait_seconds` before work for one."""

    def __init__(
        self,
        name: str,
        figures: Figures = FIGURES,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._figures = figures
        self._clock = clock
        self._failures = 0
        self._failing = _Who()
        self._answered: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._rest = 0.0
        self._open_until: float | None = None
        self._probing = False
        self._under_way = 0
        self._answered_at = clock()

    @property
    def state(self) -> State:
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half-open"

    def wait_seconds(self) -> float:
        """How long a call should wait; 0: it may go now, or look whether the provider is back."""
        if self._open_until is None:
            slow = self._under_way >= PLACES and self._clock() - self._answered_at > SLOW_SECONDS
            return PROBED_SECONDS if slow else 0.0
        left = self._open_until - self._clock()
        return left if left > 0 else (PROBED_SECONDS if self._probing else 0.0)

    def call(self, *who: str) -> Call:
        """Around one request of `who`, from the wide to the narrow: a line, a recipient.

        Entering raises BreakerOpen when it must not be made. What the block raises says how it
        went.
        """
        return Call(self, who)

    def enter(self) -> bool:
        """For Call. True: this one is the probe. Raises BreakerOpen."""
        open_until = self._open_until
        if open_until is not None:
            left = open_until - self._clock()
            if left > 0 or self._probing:
                raise BreakerOpen(self.name, max(left, PROBED_SECONDS))
            self._probing = True
        if self._under_way == 0:
            self._answered_at = self._clock()
        self._under_way += 1
        return open_until is not None

    def leave(
        self, who: tuple[str, ...], probe: bool, found: Literal["host", "maybe"] | None
    ) -> None:
        """For Call: it was an outage, or (None) it was answered."""
        if found is None:
            self._heard(who)
        else:
            self._failed(() if found == "host" else who, probe)

    def forget(self, probe: bool) -> None:
        """For Call: it is over, however it went."""
        self._under_way -= 1
        if probe:
            self._probing = False

    def _heard(self, who: tuple[str, ...]) -> None:
        self._answered_at = self._clock()
        self._answered[who] = self._answered_at
        self._answered.move_to_end(who)
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        if self._failures:
            self._failures = 0
            self._failing.clear()
        if self._open_until is not None:
            self._open_until, self._rest = None, 0.0
            log.info("provider back", provider=self.name)

    def _failed(self, who: tuple[str, ...], probe: bool) -> None:
        self._failures += 1
        self._failing.add(who)
        if self._open_until is not None:
            if probe:
                self._open()
        elif self._failures >= self._figures.failures and self._is_everybodys():
            log.warning("provider away, messages wait", provider=self.name)
            self._open()

    def _open(self) -> None:
        figures = self._figures
        doubled = max(figures.first_rest_seconds, self._rest * 2)
        self._rest = min(figures.rest_seconds, doubled)
        jitter = random.uniform(0.9, 1.0)  # noqa: S311 - replicas should not ask in step
        self._open_until = self._clock() + self._rest * jitter

    def _is_everybodys(self) -> bool:
        """Is it the provider, or may it be one line's or one recipient's own trouble?"""
        if () in self._failing:
            return True
        since = self._clock() - LATELY_SECONDS
        answered = [who for who, at in self._answered.items() if at > since]
        return all(
            len(names) > 1 or not {who[: level + 1] for who in answered} - names
            for level, names in enumerate(self._failing.levels())
        )


class Call:
    """One request behind a breaker."""

    __slots__ = ("_breaker", "_broken", "_probe", "_who")

    def __init__(self, breaker: Breaker, who: tuple[str, ...]) -> None:
        self._breaker = breaker
        self._who = who
        self._probe = False
        self._broken = False

    def broken(self) -> None:
        """The answer is a 5xx, whatever its words make of this one request."""
        self._broken = True

    def __enter__(self) -> Call:
        self._probe = self._breaker.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._breaker.leave(self._who, self._probe, None)
            elif isinstance(error, Exception):  # a cancelled call tells nothing
                found = outage_of(error) or ("maybe" if self._broken else None)
                self._breaker.leave(self._who, self._probe, found)
        finally:
            self._breaker.forget(self._probe)


class _Who:
    """Those who were failed since the last answer, by how much of their name is looked at."""

    def __init__(self) -> None:
        self._names: set[tuple[str, ...]] = set()

    def add(self, who: tuple[str, ...]) -> None:
        if len(self._names) < REMEMBERED:
            self._names.add(who)

    def clear(self) -> None:
        self._names.clear()

    def __contains__(self, who: object) -> bool:
        return who in self._names

    def levels(self) -> list[set[tuple[str, ...]]]:
        depth = max(map(len, self._names), default=0)
        return [{who[:level] for who in self._names} for level in range(1, depth + 1)]


class Breakers:
    """The breakers of one kind of provider by name, made when they are first asked for."""

    def __init__(self, figures: Figures = FIGURES) -> None:
        self._figures = figures
        self._made: OrderedDict[str, Breaker] = OrderedDict()

    def at(self, name: str) -> Breaker:
        breaker = self._made.get(name)
        if breaker is None:
            breaker = self._made[name] = Breaker(name, self._figures)
            if len(self._made) > MOST_BREAKERS:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(name)
        return breaker

    def states(self) -> Mapping[str, str]:
        return {name: breaker.state for name, breaker in self._made.items()}


def host_of(url: str) -> str:
    """A provider's name: its host and port, without what else may stand in a URL."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "?"
    return (f"{host}:{port}" if port else host) or "?"


def outage_of(error: BaseException) -> Literal["host", "maybe"] | None:
    """What an error tells: "host" is away; "maybe" (no answer, a 5xx: it may be this request's
    own doing); None: it answered."""
    code = getattr(error, "code", None)
    if getattr(error, "outage", False):
        return "host" if code is None else "maybe"  # with a code, somebody answered
    if isinstance(error, SendUnknown | TimeoutError | OSError):
        return "maybe"
    if isinstance(error, SendFailed) and isinstance(code, int) and 500 <= code < 600:
        return "maybe"
    return None
