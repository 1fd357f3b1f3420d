"""A process's name for its leases: its predecessor's, when that is dead."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from recado.queue.node import claim_node

_CLAIM = """
import sys, pathlib
from recado.queue.node import claim_node
print(claim_node(pathlib.Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def _start(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CLAIM, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _name(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_restarted_process_has_its_killed_predecessors_name(tmp_path: Path) -> None:
    first = _start(tmp_path)
    name = _name(first)
    assert name
    first.kill()
    first.wait()
    second = _start(tmp_path)
    assert _name(second) == name
    second.kill()
    second.wait()


def test_two_living_processes_never_share_a_name(tmp_path: Path) -> None:
    first, second = _start(tmp_path), _start(tmp_path)
    names = {_name(first), _name(second)}
    assert len(names) == 2
    for process in (first, second):
        process.kill()
        process.wait()
    # Both slots are free again, so two successors free what both held.
    assert {claim_node(tmp_path), claim_node(tmp_path)} == names


def test_two_runtimes_in_one_process_have_names_of_their_own(tmp_path: Path) -> None:
    assert claim_node(tmp_path) != claim_node(tmp_path)


def test_a_copied_data_folder_is_another_node(tmp_path: Path) -> None:
    original, copy = tmp_path / "data", tmp_path / "copy"
    name = claim_node(original)
    shutil.copytree(original, copy)
    assert claim_node(copy) != name


def test_a_folder_without_locks_still_gives_a_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert claim_node(tmp_path / "file" / "data").isalnum()


def test_names_are_fit_for_a_lease(tmp_path: Path) -> None:
    assert claim_node(tmp_path).replace("-", "").isalnum()
