"""One clock for all machines: the database's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from recado.errors import ServiceUnavailable
from recado.store import now, open_store
from recado.store.clock import DatabaseClock
from recado.store.postgresql.store import PostgresStore
from tests.support.engines import postgresql_url


class Machine:
    """Its time of day, and how long it has been running."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.up = 500.0

    def passes(self, seconds: float) -> None:
        self.time += seconds
        self.up += seconds


class Asked(PostgresStore):
    """A database whose clock says `time`; its answers take so long on the machine."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(make_url("postgresql://nobody@127.0.0.1:9/none"))
        self.machine = machine
        self.time = 2_000_000.0
        self.takes = [0.0, 0.0]
        self.away = False

    async def run(self, statement: Any, params: Any = None) -> Sequence[Any]:
        if self.away:
            raise ServiceUnavailable("away")
        there, back = self.takes
        self.machine.passes(there)
        answer = self.time
        self.machine.passes(back)
        return [(answer,)]


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def store(machine: Machine) -> Asked:
    return Asked(machine)


@pytest.fixture
def clock(machine: Machine, store: Asked) -> DatabaseClock:
    return DatabaseClock(store, here=lambda: machine.time, steady=lambda: machine.up)


async def test_a_machine_whose_clock_is_set_goes_on_by_the_databases(
    clock: DatabaseClock, machine: Machine
) -> None:
    assert clock() == machine.time  # until it has asked
    await clock.ask()
    machine.passes(10)
    machine.time -= 3600
    assert clock() == 2_000_010


async def test_a_slow_answer_does_not_move_a_clock_that_is_right(
    clock: DatabaseClock, store: Asked
) -> None:
    await clock.ask()
    store.takes = [0.0, 2.0]  # it was asked at once, and the answer got stuck
    await clock.ask()
    assert clock() == 2_000_002


async def test_a_slow_first_answer_is_made_up_for_by_a_quick_one(
    clock: DatabaseClock, store: Asked
) -> None:
    store.takes = [0.0, 2.0]
    await clock.ask()
    assert clock() == 2_000_001  # give or take a second
    store.time, store.takes = 2_000_002, [0.0, 0.0]
    await clock.ask()
    assert clock() == 2_000_002


async def test_a_database_whose_clock_is_set_is_followed(
    clock: DatabaseClock, store: Asked
) -> None:
    await clock.ask()
    store.time += 3600
    await clock.ask()
    assert clock() == 2_003_600


async def test_without_the_database_it_goes_on(
    clock: DatabaseClock, store: Asked, machine: Machine
) -> None:
    await clock.ask()
    store.away = True
    with pytest.raises(ServiceUnavailable):
        await clock.ask()
    machine.passes(60)
    assert clock() == 2_000_060


async def test_two_machines_on_one_database_agree() -> None:
    async with postgresql_url() as url:
        store = open_store(url)
        clocks = [DatabaseClock(store, here=lambda: 0.0) for _ in range(2)]
        for clock in clocks:
            await clock.ask(3)
        assert clocks[0]() == pytest.approx(clocks[1](), abs=5)
        assert clocks[0]() == pytest.approx(now(), abs=5)  # here it is one machine
        await store.close()


async def test_on_sqlite_it_is_the_machines_own(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    clock = DatabaseClock(store, here=lambda: 5.0)
    await clock.ask()
    await clock.keep()
    assert clock() == 5.0
    await store.close()
