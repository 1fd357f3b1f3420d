"""Lanes in an owner's memory: order, leases, retries and equal jobs, with a clock of our own."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from recado.errors import LeaseLost
from recado.queue import Delivery
from recado.queue.brokers.lanes import COUNTS_SECONDS, Counts, Entry, Envelope, LaneTable

LEASE = 30.0


@pytest.fixture
def table() -> LaneTable:
    table = LaneTable("work")
    table.add_partition(0, [], 0.0)
    return table


def job(id: str, lane: str = "ana", **about: object) -> Envelope:
    return Envelope(id, lane, id.encode(), published_at=0.0, ready_at=0.0, **about)  # type: ignore[arg-type]


def come(table: LaneTable, *jobs: Envelope, now: float = 0.0) -> list[bool]:
    return [table.arrived(0, it, token=it.id, now=now) for it in jobs]


def ids(entries: list[Entry]) -> list[str]:
    return [entry.job.id for entry in entries]


def delivery_of(entry: Entry) -> Delivery:
    assert entry.lease is not None
    return Delivery(entry.job.id, "work", entry.job.lane, b"", entry.receives, 0.0, entry.lease)


def test_a_lane_goes_on_when_its_job_has_ended(table: LaneTable) -> None:
    come(table, job("1"), job("2"), job("3", "bea"))
    first, bea = table.take(10, LEASE, 1.0)
    assert ids([first, bea]) == ["1", "3"]
    assert table.take(10, LEASE, 1.0) == []
    table.end(first)
    assert ids(table.take(10, LEASE, 1.0)) == ["2"]


def test_nothing_is_lost_or_out_of_order_whatever_becomes_of_jobs(table: LaneTable) -> None:
    chance, now, waiting = (
        random.Random(7),
        0.0,
        [f"{lane}-{n}" for n in range(40) for lane in "abcde"],
    )
    done: defaultdict[str, list[int]] = defaultdict(list)
    in_hand: list[Entry] = []
    while waiting or in_hand or table.next_due_at() is not None:
        now += chance.choice([0.0, 0.1, 5.0])
        for _ in range(min(len(waiting), chance.randrange(4))):
            id = waiting.pop(0)
            come(table, job(id, id[0]), now=now)
        in_hand += table.take(chance.randrange(4), LEASE, now)
        assert len({it.job.lane for it in in_hand}) == len(in_hand)
        chance.shuffle(in_hand)
        for entry in in_hand[: chance.randrange(3)]:
            in_hand.remove(entry)
            if chance.random() < 0.3:
                table.put_back(entry, now + chance.choice([0.0, 20.0]), counted=True)
            else:
                table.end(entry)
                done[entry.job.lane].append(int(entry.job.id[2:]))
        for entry in in_hand:
            table.extend(entry, now + LEASE)
    assert dict(done) == {lane: list(range(40)) for lane in "abcde"}


def test_a_job_that_its_holder_lets_slip_is_handed_out_again(table: LaneTable) -> None:
    come(table, job("1"))
    (late,) = table.take(1, LEASE, 0.0)
    held = delivery_of(late)
    assert table.take(1, LEASE, 29.0) == []
    assert table.next_due_at() == 30.0
    table.hold(held)  # nobody else has it: its holder may still end it
    (again,) = table.take(1, LEASE, 31.0)
    assert again.receives == 2
    with pytest.raises(LeaseLost):
        table.hold(held)


def test_a_job_brought_again_is_neither_handed_out_twice_nor_left_in_the_broker(
    table: LaneTable,
) -> None:
    come(table, job("1"), job("2"))
    (first,) = table.take(1, LEASE, 0.0)
    assert table.arrived(0, job("1"), "new token", 1.0)  # after a lost connection
    assert first.token == "new token"
    assert table.take(10, LEASE, 1.0) == []
    table.end(first)
    assert not table.arrived(0, job("1"), "newer token", 2.0)  # its end got lost: say so again


def test_of_equal_jobs_one_waits(table: LaneTable) -> None:
    equal = [job(id, dedup="turn") for id in "123"]
    assert come(table, *equal) == [True, False, False]
    (first,) = table.take(10, LEASE, 1.0)
    assert come(table, job("4", dedup="turn"), job("5", dedup="turn"), now=1.0) == [True, False]
    table.end(first)
    assert ids(table.take(10, LEASE, 2.0)) == ["4"]


def test_what_a_former_owner_counted_goes_on(table: LaneTable) -> None:
    come(table, job("1"), job("2", "bea"), job("3", "carla"))
    entries = {entry.job.id: entry for entry in table.take(2, LEASE, 0.0)}
    table.put_back(entries["2"], 1.0, counted=True)
    counts = table.counts(0, 1.0)
    assert {(it.id, it.receives, it.leased) for it in counts} == {("1", 1, True), ("2", 1, False)}
    heir = LaneTable("work")
    heir.add_partition(0, counts, 2.0)
    come(heir, job("1"), job("2", "bea"), job("3", "carla"), now=2.0)
    received = {entry.job.id: entry.receives for entry in heir.take(3, LEASE, 2.0)}
    assert received == {"1": 2, "2": 2, "3": 1}


def test_counts_of_jobs_that_never_come_are_forgotten(table: LaneTable) -> None:
    table.add_partition(1, [Counts("gone", 2, 0, False)], now=0.0)
    assert len(table.counts(1, 1.0)) == 1
    assert table.counts(1, COUNTS_SECONDS + 1.0) == []


def test_a_partition_given_up_takes_its_jobs_out_of_all_hands(table: LaneTable) -> None:
    come(table, job("1"), job("2"))
    (held,) = table.take(1, LEASE, 0.0)
    delivery = delivery_of(held)
    table.drop_partition(0)
    with pytest.raises(LeaseLost):
        table.hold(delivery)
    assert table.take(10, LEASE, 100.0) == []
    assert come(table, job("3")) == [True]  # still on its way here: the broker keeps it
    assert table.take(10, LEASE, 100.0) == []


def test_a_draining_partition_hands_nothing_out_until_it_is_resumed(table: LaneTable) -> None:
    come(table, job("1"), job("2", "bea"))
    table.drain(0)
    assert table.take(10, LEASE, 1.0) == []
    table.resume(0)
    assert sorted(ids(table.take(10, LEASE, 1.0))) == ["1", "2"]
