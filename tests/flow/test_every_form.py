"""Every form of a step writes the same rows: the long and the plain ones, on either database."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recado.events import Event, ResponseReady
from recado.store import Followers, now
from tests.support.engines import postgresql_url
from tests.support.forms import ODD, PLAIN, SETTINGS, Case, Form, Jobs
from tests.support.runtime import make_runtime

pytestmark = pytest.mark.engine


@st.composite
def cases(draw: st.DrawFn) -> Case:
    odd = draw(st.lists(st.sampled_from(sorted(ODD)), min_size=2, max_size=4, unique=True))
    return replace(PLAIN, **{name: draw(st.sampled_from(ODD[name])) for name in odd})


@pytest.fixture
async def forms(tmp_path: Path) -> AsyncIterator[dict[str, Form]]:
    """SQLite's is the long form of everything."""
    async with AsyncExitStack() as stack:
        found = {}
        for name, inline in (("sqlite", False), ("postgresql", False), ("beside a broker", True)):
            made: dict[str, Any] = dict(SETTINGS)
            if name != "sqlite":
                made["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
            data = tmp_path / name.split()[0] / str(inline)
            data.mkdir(parents=True)
            runtime = await stack.enter_async_context(make_runtime(data, **made))
            queue = runtime.queue
            found[name] = Form(runtime, Jobs(inline=inline))
            stack.push_async_callback(queue.close)
        yield found


_numbers = itertools.count(1)


async def compare(forms: dict[str, Form], case: Case) -> None:
    number, base = next(_numbers), now()
    long, *others = [(name, await form.written(case, number, base)) for name, form in forms.items()]
    for name, rows in others:
        for step, expected, written in zip(("in", "turn", "out"), long[1], rows, strict=True):
            assert written == expected, f"{name}: {step} of {case}"


async def test_the_plain_case_is_written_alike_and_by_the_plain_forms(
    forms: dict[str, Form],
) -> None:
    await compare(forms, PLAIN)
    assert {name: form.jobs.taken_inline for name, form in forms.items()} == {
        "sqlite": 0,
        "postgresql": 0,
        "beside a broker": 2,
    }


async def test_who_subscribed_to_answers_is_told_by_every_form(forms: dict[str, Form]) -> None:
    for name, form in forms.items():
        told: list[Event] = []
        bus = form.runtime.bus
        bus.keep({ResponseReady}, lambda _tx, event, told=told: told.append(event))  # type: ignore[misc]
        form.runtime.store.follow(Followers(bus.announce, form.jobs.publish_in))
        await form.written(PLAIN, next(_numbers), now())
        assert [type(it) for it in told] == [ResponseReady], name


async def test_whatever_stands_in_the_way_every_form_writes_the_same(
    forms: dict[str, Form],
) -> None:
    for name, values in ODD.items():
        for value in values:
            await compare(forms, replace(PLAIN, **{name: value}))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=cases())
async def test_whatever_comes_together_every_form_writes_the_same(
    forms: dict[str, Form], case: Case
) -> None:
    await compare(forms, case)
