"""Pairing a line from a terminal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from typer.testing import Result

from recado.app.commands.line import drawn
from tests.app.conftest import Recado
from tests.support.evolution import INSTANCE, EvolutionStub, Instance


class _Served:
    """The stub in a thread of its own: a command brings its own loop."""

    def __init__(self) -> None:
        self.stub = EvolutionStub(instances={INSTANCE: Instance("close")})
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.stub.__aenter__(), self._loop).result(10)

    def stop(self) -> None:
        leave = self.stub.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(leave, self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def stub() -> Iterator[EvolutionStub]:
    served = _Served()
    served.start()
    yield served.stub
    served.stop()


def run(recado: Recado, stub: EvolutionStub, *arguments: str) -> Result:
    return recado("line", *arguments, **stub.settings())


def test_the_code_is_shown_and_the_state_follows(recado: Recado, stub: EvolutionStub) -> None:
    assert run(recado, stub, "state", INSTANCE).stdout.startswith("closed")
    shown = run(recado, stub, "connect", INSTANCE, "--wait", "0")
    assert (shown.exit_code, shown.stdout) == (0, "2@code-1,key==\n")
    stub.instances[INSTANCE].state = "open"
    assert run(recado, stub, "state", INSTANCE).stdout == "open\n"
    linked = run(recado, stub, "connect", "Evolution")
    assert linked.stdout == "Evolution is linked.\n"
    ended = run(recado, stub, "disconnect", INSTANCE, "--yes")
    assert ended.exit_code == 0
    assert stub.instances[INSTANCE].state == "close"


def test_a_phone_that_never_comes_ends_the_wait_with_one_line(
    recado: Recado, stub: EvolutionStub
) -> None:
    result = run(recado, stub, "connect", INSTANCE, "--wait", "0.1")
    assert result.exit_code == 1
    assert result.stderr.startswith("recado: Evolution was not linked within")


def test_a_channel_that_does_not_pair_says_so(recado: Recado, stub: EvolutionStub) -> None:
    result = run(recado, stub, "connect", "simulator")
    assert result.exit_code == 1
    assert "does not pair with a phone" in result.stderr


def test_no_answer_no_end(recado: Recado, stub: EvolutionStub) -> None:
    stub.instances[INSTANCE].state = "open"
    result = recado("line", "disconnect", INSTANCE, typed="n\n", **stub.settings())
    assert result.exit_code == 1
    assert stub.instances[INSTANCE].state == "open"


def test_the_drawn_code_is_square_and_whole() -> None:
    lines = drawn("2@aBcDeFg,hIjK==,lMnO==").splitlines()
    widths = {len(line) for line in lines if "█" in line}
    assert len(widths) == 1
    assert abs(widths.pop() / 2 - len(lines)) <= 2  # two modules a line
