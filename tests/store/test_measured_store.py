"""The store that measures: the same promises, with their time told."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from recado.errors import Conflict
from recado.observability.metrics import Metrics
from recado.store import Store, Tx, open_store
from recado.store.store import MeasuredStore


def counts(metrics: Metrics) -> dict[str, float]:
    return {
        sample.labels["operation"]: sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name == "recado_database_seconds_count"
    }


async def test_reads_and_writes_pass_through_and_are_counted(tmp_path: Path) -> None:
    metrics = Metrics()
    store = MeasuredStore(open_store(f"sqlite:///{tmp_path / 'a.db'}"), metrics)
    await store.run_ddl(lambda connection: connection.execute(text("CREATE TABLE t (x)")))
    await store.write(lambda tx: tx.execute(text("INSERT INTO t VALUES (1)")))
    assert await store.read(lambda tx: tx.scalar(text("SELECT x FROM t"))) == 1

    def refused(_tx: Tx) -> None:
        raise Conflict("no")

    with pytest.raises(Conflict):
        await store.write(refused)
    await store.close()
    assert counts(metrics) == {"read": 1, "write": 2}  # a failed one took its time, too


def test_every_method_of_a_store_is_passed_on() -> None:
    public = {name for name in vars(Store) if not name.startswith("_")} - {
        "url",
        "dialect",
        "begin",
    }
    assert public <= set(vars(MeasuredStore))
