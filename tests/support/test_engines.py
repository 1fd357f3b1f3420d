"""A missing engine is a visible skip on a laptop and a failure in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.support.engines import ENGINES, listed_engines, postgresql_url

ROOT = Path(__file__).parent.parent.parent


def run_a_test_without_chromium(folder: Path, *, ci: str) -> str:
    story = folder / "test_in_the_browser.py"
    story.write_text(
        "from tests.support.engines import chromium_path\n"
        "def test_in_the_browser() -> None:\n"
        "    chromium_path()\n"
    )
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-c", os.devnull]
    inner = subprocess.run(
        [*command, "--rootdir", str(folder), str(story)],
        env={**os.environ, "CI": ci, "RECADO_TEST_CHROMIUM": str(folder / "no-browser")},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return inner.stdout


def test_a_missing_engine_is_a_skip_that_names_what_would_start_it(tmp_path: Path) -> None:
    summary = run_a_test_without_chromium(tmp_path, ci="")
    assert "1 skipped" in summary
    assert "apt-get install chromium" in summary


def test_a_missing_engine_that_ci_lists_is_a_failure(tmp_path: Path) -> None:
    assert "1 failed" in run_a_test_without_chromium(tmp_path, ci="true")


def test_every_listed_engine_can_be_asked(tmp_path: Path) -> None:
    assert set(listed_engines()) <= set(ENGINES)
    wrong = tmp_path / "engines"
    wrong.write_text("sqlite # here\n\n# only a comment\noracle\n")
    with pytest.raises(KeyError, match="oracle"):
        listed_engines(wrong)


@pytest.mark.engine
async def test_each_caller_gets_an_empty_database_that_is_gone_afterwards() -> None:
    async with postgresql_url() as first, postgresql_url() as second:
        assert first != second
        left_open = await asyncpg.connect(first)
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert await left_open.fetchval(tables) == 0
        await left_open.execute("CREATE TABLE mine (id int)")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(first)
