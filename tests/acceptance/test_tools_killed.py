"""The process is killed between a tool's effect and its record: the effect happens once, and the
contact gets one answer.

A dozen lines a database, spread over all; RECADO_TEST_KILLS=200 takes as many as the promise says.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.support.killed_turns import runs_of
from tests.support.shop import cancel_order, running_shop

KILLS = int(os.environ.get("RECADO_TEST_KILLS", "12"))


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
async def test_an_effect_happens_once_at_whatever_line_the_process_dies(
    database: str, tmp_path: Path
) -> None:
    async with running_shop() as shop:
        for number in range(2000, 2000 + KILLS + 2):
            shop.orders[str(number)] = {"status": "en camino"}
        keyless = cancel_order(
            shop.url,
            name="give_up_order",
            honours_keys=False,
            examples=["renuncio a mi pedido {number}"],
        )
        keyless["config"] = {**keyless["config"], "key_header": "X-Nobody-Reads"}
        runs = await runs_of(
            tmp_path,
            shop.url,
            database,
            tools=[cancel_order(shop.url), keyless],
            asks=["cancela el pedido {number}", "renuncio a mi pedido {number}"],
            runs=KILLS,
        )
        happened = Counter(shop.effects)
    assert len(runs) == KILLS
    for run in runs:
        assert run["died"] == signal.SIGKILL, run
        assert happened[str(2000 + run["run"])] == 1, run
        assert len(run["said"]) == 2, run  # the question, and one answer
        assert run["states"][0] in (("done",), ("done", "unknown"))[run["run"] % 2], run
        assert set(run["statuses"]) <= {"sent", "delivered", "read"}, run
    assert len({run["place"] for run in runs}) > KILLS // 4  # they died at many places
