"""A provider that is away is left in peace; one bad line or recipient is not a provider."""

from __future__ import annotations

import asyncio

import pytest

from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown
from recado.resilience.breaker import (
    FIGURES,
    MOST_BREAKERS,
    PLACES,
    SLOW_SECONDS,
    Breaker,
    BreakerOpen,
    Breakers,
    host_of,
)

UNREACHED = SendFailed("no connection", outage=True)
NO_ANSWER = SendUnknown("no answer came")


class Clock:
    def __init__(self) -> None:
        self.moment = 1000.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("graph.facebook.com", clock=clock)


def state_of(breaker: Breaker) -> str:
    return breaker.state


def fail(breaker: Breaker, error: Exception, *who: str) -> None:
    with pytest.raises(type(error)), breaker.call(*who):
        raise error


def answer(breaker: Breaker, *who: str) -> None:
    with breaker.call(*who):
        pass


def opened(breaker: Breaker) -> Breaker:
    for _ in range(5):
        fail(breaker, UNREACHED)
    assert state_of(breaker) == "open"
    return breaker


def test_the_documents_figures_are_the_defaults() -> None:
    assert (FIGURES.failures, FIGURES.rest_seconds) == (5, 60.0)


def test_five_outages_in_a_row_open_it_and_four_do_not(breaker: Breaker) -> None:
    for _ in range(4):
        fail(breaker, UNREACHED)
    answer(breaker)
    for _ in range(4):
        fail(breaker, UNREACHED)
    assert state_of(breaker) == "closed"
    fail(breaker, UNREACHED)
    assert state_of(breaker) == "open"


def test_while_it_is_open_nothing_is_asked_and_messages_wait(breaker: Breaker) -> None:
    opened(breaker)
    asked = False
    with pytest.raises(BreakerOpen) as caught, breaker.call("line", "person"):
        asked = True
    assert not asked
    assert caught.value.outage  # sending waits for the provider, and its tries do not count
    assert 0 < breaker.wait_seconds() <= 1.0


def test_after_its_rest_one_call_at_a_time_looks_whether_it_is_back(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.moment += 1.0
    assert state_of(breaker) == "half-open"
    assert breaker.wait_seconds() == 0
    with breaker.call("line", "first"):
        assert breaker.wait_seconds() > 0
        with pytest.raises(BreakerOpen), breaker.call("line", "second"):
            pass
    assert state_of(breaker) == "closed"
    answer(breaker, "line", "second")


def test_a_provider_that_stays_away_is_asked_less_and_less_but_once_a_minute(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    rests = []
    for _ in range(9):
        rests.append(breaker.wait_seconds())
        clock.moment += rests[-1]
        fail(breaker, UNREACHED)
    assert rests[0] <= 1
    assert 54 <= rests[-1] <= 60
    assert rests == sorted(rests[:7]) + rests[7:]


def test_a_probe_that_is_broken_off_leaves_its_place_to_the_next(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.moment += 1.0
    with pytest.raises(asyncio.CancelledError), breaker.call():
        raise asyncio.CancelledError
    assert state_of(breaker) == "half-open"
    answer(breaker)
    assert state_of(breaker) == "closed"


@pytest.mark.parametrize(
    "error",
    [
        SendRejected("not on WhatsApp"),
        SendThrottled("slow down"),
        SendFailed("try again", code=131000),
        ValueError("a bug of ours"),
    ],
    ids=repr,
)
def test_a_refusal_is_an_answer(breaker: Breaker, error: Exception) -> None:
    for number in range(20):
        fail(breaker, error, "line", f"person {number}")
    assert state_of(breaker) == "closed"


@pytest.mark.parametrize(
    "error", [NO_ANSWER, TimeoutError(), SendFailed("HTTP 500", code=500)], ids=repr
)
def test_one_bad_recipient_is_no_outage_for_the_others(breaker: Breaker, error: Exception) -> None:
    answer(breaker, "line", "good")
    for _ in range(20):
        fail(breaker, error, "line", "bad")
    assert state_of(breaker) == "closed"
    fail(breaker, error, "line", "another")  # not that recipient's own trouble, then
    assert state_of(breaker) == "open"


def test_one_bad_line_is_no_outage_for_the_others(breaker: Breaker) -> None:
    answer(breaker, "good line", "somebody")
    for number in range(20):
        fail(breaker, NO_ANSWER, "bad line", f"person {number}")
    assert state_of(breaker) == "closed"
    fail(breaker, NO_ANSWER, "another line", "somebody else")
    assert state_of(breaker) == "open"


def test_a_line_alone_at_its_provider_is_everybody(breaker: Breaker) -> None:
    answer(breaker, "line", "somebody")
    for number in range(5):
        fail(breaker, NO_ANSWER, "line", f"person {number}")
    assert state_of(breaker) == "open"


def test_what_was_answered_long_ago_says_nothing_of_today(breaker: Breaker, clock: Clock) -> None:
    answer(breaker, "good line", "somebody")
    clock.moment += 3600
    for number in range(5):
        fail(breaker, NO_ANSWER, "line", f"person {number}")
    assert state_of(breaker) == "open"


def test_a_provider_that_hangs_does_not_take_every_place(breaker: Breaker, clock: Clock) -> None:
    calls = [breaker.call("line", str(number)) for number in range(PLACES)]
    for call in calls:
        call.__enter__()
    assert breaker.wait_seconds() == 0  # many at once is no fault
    clock.moment += SLOW_SECONDS + 0.1
    assert breaker.wait_seconds() > 0
    calls.pop().__exit__(None, None, None)
    assert breaker.wait_seconds() == 0
    for call in calls:
        call.__exit__(None, None, None)


def test_names_are_bounded_and_each_host_has_its_own() -> None:
    breakers = Breakers()
    opened(breakers.at("one"))
    assert breakers.at("other").state == "closed"
    assert breakers.states() == {"one": "open", "other": "closed"}
    for number in range(2 * MOST_BREAKERS):
        breakers.at(str(number))
    assert len(breakers.states()) == MOST_BREAKERS


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://graph.facebook.com/v23.0", "graph.facebook.com"),
        ("http://user:secret@10.0.0.4:8081/x", "10.0.0.4:8081"),
        ("", "?"),
        ("http://[", "?"),
        ("http://host:port", "?"),
    ],
)
def test_a_provider_is_named_without_what_is_secret_in_its_url(url: str, host: str) -> None:
    assert host_of(url) == host


def test_it_is_a_send_error_that_keeps_the_message() -> None:
    assert issubclass(BreakerOpen, SendFailed)
    assert issubclass(BreakerOpen, SendError)
    assert BreakerOpen("x", 1.0).retryable
