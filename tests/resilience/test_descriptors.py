"""As many connections as load shedding lets in, whatever the shell's own limit was."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from recado.resilience.descriptors import ENOUGH, allow_many_files


@pytest.fixture
def few_files() -> Iterator[int]:
    """The hard limit of a process whose soft one is low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, soft), hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_may_open_as_much_as_the_system_lets_it(few_files: int) -> None:
    most = ENOUGH if few_files == resource.RLIM_INFINITY else min(ENOUGH, few_files)
    assert allow_many_files() == most
    assert allow_many_files() == most
