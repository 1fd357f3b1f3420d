"""For every test: nothing leaves this host (see tests/support/network_guard)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.network_guard import sitecustomize as network_guard


@pytest.fixture(scope="session", autouse=True)
def network_report() -> Iterator[Path]:
    """Guard this process and its children; the file names what they tried to reach.

    Each pytest-xdist worker has a report of its own. The environment keeps pointing at it until
    the session ends, for children inherit it.
    """
    guarded = bool(os.environ.get(network_guard.REPORT_VARIABLE))  # a child of a guarded pytest
    with tempfile.TemporaryDirectory(prefix="recado-network-") as folder:
        report = Path(folder, "refused.txt")
        report.touch()
        before = dict(os.environ)
        path = [str(Path(network_guard.__file__).parent), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
        os.environ[network_guard.REPORT_VARIABLE] = str(report)
        if not guarded:
            network_guard.install()
        yield report
        for name in ("PYTHONPATH", network_guard.REPORT_VARIABLE):
            os.environ.pop(name)
            if name in before:
                os.environ[name] = before[name]


@pytest.fixture(autouse=True)
def stay_on_this_host(network_report: Path) -> Iterator[None]:
    """Fail the test that reached out, also where the application hid the refusal."""
    yield
    if network_report.stat().st_size:
        refused = sorted(set(network_report.read_text().splitlines()))
        network_report.write_text("")
        pytest.fail(f"this test tried to leave the host: {'; '.join(refused)}", pytrace=False)
