"""The process is killed between a guided talk's yes, what it does, and its record: it is done once,
the contact gets one answer, and what was filled stands in the conversation.

Eight lines a database, spread over all; RECADO_TEST_KILLS takes another number.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.support.killed_turns import runs_of
from tests.support.shop import cancel_order, running_shop

KILLS = int(os.environ.get("RECADO_TEST_KILLS", "8"))
INTENT = {
    "name": "cancel_order",
    "examples": {"es": ["quiero anular una compra"]},
    "slots": [{"name": "number", "kind": "code", "question": {"es": "¿Qué pedido?"}}],
    "confirmations": {"es": "¿Anulo el pedido {{ number }}?"},
    "ending": {"tool": "cancel_order"},
}


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
async def test_a_guided_talk_does_its_thing_once_at_whatever_line_the_process_dies(
    database: str, tmp_path: Path
) -> None:
    async with running_shop() as shop:
        for order in range(2000, 2000 + KILLS + 1):
            shop.orders[str(order)] = {"status": "en camino"}
        runs = await runs_of(
            tmp_path,
            shop.url,
            database,
            tools=[cancel_order(shop.url)],
            intents=[INTENT],
            asks=["quiero anular una compra\nel {number}"],
            runs=KILLS,
        )
        happened = Counter(shop.effects)
    assert len(runs) == KILLS
    for run in runs:
        number = str(2000 + run["run"])
        assert run["died"] == signal.SIGKILL, run
        assert happened[number] == 1, run
        assert run["said"][:2] == ["¿Qué pedido?", f"¿Anulo el pedido {number}?"], run
        assert len(run["said"]) == 3, run  # and one answer
        assert number in run["said"][2], run
        assert run["states"] == ["done"], run
        assert run["talks"] == [["completed", {"number": number}]], run
    assert len({run["place"] for run in runs}) > KILLS // 2  # they died at many places
