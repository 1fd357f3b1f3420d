"""The process is killed anywhere between the fetch of a photo and the answer to it: the file is
stored once, what a reader found is kept once and never read again, and the contact gets one answer.

A dozen lines a database, spread over all; RECADO_TEST_KILLS=100 takes as many as the promise says.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.support.files import picture
from tests.support.graph import GraphStub
from tests.support.killed_readings import READERS, runs_of, sender_of

KILLS = int(os.environ.get("RECADO_TEST_KILLS", "12"))


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
async def test_a_file_is_stored_read_and_answered_once_at_whatever_line_the_process_dies(
    database: str, tmp_path: Path
) -> None:
    async with GraphStub() as graph:
        graph.media["1013859600285441"] = ("image/jpeg", picture())
        runs = await runs_of(tmp_path, graph.url, database, KILLS)
        sent = Counter(item.body["to"] for item in graph.received)
    assert len(runs) == KILLS
    for run in runs:
        assert run["died"] == signal.SIGKILL, run
        assert run["files"] == [["stored", "done", run["files"][0][2]]], run
        assert "TOTAL $ 5.203,00" in run["files"][0][2], run
        assert run["steps"] == [["codes", "done", "codes"], ["text", "done", "ocr"]], run
        (answer,) = run["said"]
        assert "5.203,00" in answer, run
        # Where it died beside the send, nobody can tell, and so it is not sent again.
        once = (0, 1) if run["unknown"] else (1,)
        assert sent[sender_of(run["run"])] in once, run
        # Only one that was asked, and whose words nobody had written down yet, is asked again.
        again = Counter(run["read"]) - Counter(READERS)
        assert sum(again.values()) <= 1, run
        assert not again.keys() & set(run["through"]), run
    # What was half written when it died is swept later.
    kept = [it for it in (tmp_path / "data" / "files").glob("*/*") if not it.suffix]
    assert len(kept) == max(run["run"] for run in runs) + 1
    assert len({run["place"] for run in runs}) > KILLS // 4  # they died at many places
