"""Turns whose process is killed at a chosen line between a tool's effect and the end of the turn.

`python -m tests.support.killed_turns CONFIG` forks a process for each try: one that asks, says yes
and kills itself (SIGKILL) at the nth line of ours after the shop has done it, and one that starts
again and finishes. Each run is told as a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import traceback
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from sqlalchemy import select

from recado.app.wiring import build_runtime, close_runtime
from recado.assistant.characters import default_character, update_character
from recado.assistant.intents.model import Talk
from recado.assistant.model import ToolCall
from recado.assistant.tools import NewTool, registry
from recado.assistant.writing.summaries import summary_consumer
from recado.channels.web.said import Said
from recado.conversations.model import ContactIdentity, Message
from recado.inbound.intake import intake_consumer
from recado.inbound.simulator import publish_message
from recado.queue.worker import Worker
from recado.runtime import Runtime
from recado.sending.deliver import send_consumer
from recado.sending.statuses import statuses_consumer
from recado.settings import load_settings
from recado.store import Tx
from recado.turns.turn import turn_consumer
from tests.support.shop import host_of

CONSUMERS = (
    intake_consumer,
    turn_consumer,
    send_consumer,
    statuses_consumer,
    summary_consumer,
)
#: What stands between the effect and the end of the turn.
_OURS = ("/recado/assistant/tools/", "/recado/assistant/intents/", "/recado/turns/")
#: The first line of this function runs when the other side has answered: the effect is there.
_EFFECT = ("client.py", "_read")


class Config(msgspec.Struct):
    """`tools` and `asks` go together: the run's number chooses one of each. Each line of one is a
    message, and a "sí" follows. `intents` are the character's."""

    settings: dict[str, str]
    tools: list[dict[str, Any]]
    asks: list[str]
    runs: int
    intents: list[dict[str, Any]] = []


async def runs_of(
    folder: Path, shop_url: str, database: str, **config: Any
) -> list[dict[str, Any]]:
    """What each try has told; `config` is a Config but for what is the same for all."""
    settings = {
        "RECADO_DATA": str(folder / "data"),
        "RECADO_QUIET_SECONDS": "0",
        "RECADO_TOOLS_PRIVATE_HOSTS": host_of(shop_url),
        "RECADO_SQLITE_SYNC": "off",  # a killed process loses no page of the system's
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": database,
    }
    file = folder / "config.json"
    file.write_text(json.dumps({"settings": settings, **config}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.killed_turns", str(file)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(it) for it in said.decode().splitlines() if it.startswith('{"run"')]


class Killer:
    """Counts lines of `ours` from the first of the function `effect` on; at the `at`th, the process
    dies. 0: never."""

    def __init__(
        self,
        at: int,
        told: Path,
        *,
        ours: tuple[str, ...] = _OURS,
        effect: tuple[str, str] = _EFFECT,
    ) -> None:
        self.at = at
        self._ours = ours
        self._effect = effect
        self.count = 0
        self._told = told
        self._begun = False

    def arm(self) -> None:
        sys.settrace(self._called)

    def _called(self, frame: FrameType, event: str, _arg: Any) -> Any:
        code = frame.f_code
        if (Path(code.co_filename).name, code.co_name) == self._effect:
            self._begun = True
        return self._line if any(it in code.co_filename for it in self._ours) else None

    def _line(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "line" and self._begun:
            self.count += 1
            if self.count == self.at:
                place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                self._told.write_text(place)
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line


async def prepare(config: Config) -> None:
    runtime = await build_runtime(load_settings(None, **config.settings))
    for given in config.tools:
        new = msgspec.convert(given, NewTool)
        sealed = runtime.tools.sealed(new.secret)
        await runtime.store.write(partial(_added, new, sealed))
    if config.intents:
        await runtime.store.write(partial(_taught, config.intents))
    await close_runtime(runtime)


def _added(new: NewTool, sealed: str, tx: Tx) -> None:
    registry.add_tool(tx, new, sealed)


def _taught(intents: list[dict[str, Any]], tx: Tx) -> None:
    update_character(tx, default_character(tx).id, {"intents": intents})


async def ask_and_die(config: Config, run: int, killer: Killer) -> int:
    runtime = await build_runtime(load_settings(None, **config.settings))
    worker = await working(runtime)
    asks = config.asks[run % len(config.asks)].format(number=2000 + run).split("\n")
    for words in (*asks, "sí"):
        if words == "sí":
            killer.arm()
        await publish_message(
            runtime.queue, person=f"run-{run}", name="Ana", said=Said("text", words)
        )
        await quiet(runtime, worker)
    await worker.stop()
    await close_runtime(runtime)
    return killer.count


async def finish(config: Config, run: int) -> dict[str, Any]:
    runtime = await build_runtime(load_settings(None, **config.settings))
    worker = await working(runtime)
    await quiet(runtime, worker)
    await worker.stop()

    def seen(tx: Tx) -> dict[str, Any]:
        contact = tx.scalar(
            select(ContactIdentity.contact_id).where(ContactIdentity.value == f"run-{run}")
        )
        messages = tx.all(
            select(Message.__table__)
            .where(Message.contact_id == contact, Message.direction == "outbound")
            .order_by(Message.position)
        )
        ours = select(ToolCall.state).where(ToolCall.conversation_id == messages[0].conversation_id)
        return {
            "said": [message.text for message in messages],
            "statuses": [message.status for message in messages],
            "states": [row.state for row in tx.all(ours)],
            "talks": [
                (row.state, row.values)
                for row in tx.all(
                    select(Talk.state, Talk.values).where(
                        Talk.conversation_id == messages[0].conversation_id
                    )
                )
            ],
        }

    found = await runtime.store.read(seen)
    await close_runtime(runtime)
    return found


async def working(runtime: Runtime) -> Worker:
    await runtime.queue.recover()  # as a process does at its start: what the dead one held
    worker = Worker(runtime.queue, runtime.store, [make(runtime) for make in CONSUMERS])
    await worker.start()
    return worker


async def quiet(runtime: Runtime, worker: Worker) -> None:
    async with asyncio.timeout(60):
        while not worker.is_idle or await runtime.queue.depth() or not worker.is_idle:
            await asyncio.sleep(0.005)


def forked(work: Any, told: Path) -> tuple[int, Any]:
    """The signal that ended a process of its own which does `work`, and what it returned."""
    told.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            told.write_text(json.dumps(asyncio.run(work())))
            status = 0
        except BaseException:  # noqa: BLE001 - told, and the process ends with it
            traceback.print_exc()
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFEXITED(ended) and os.WEXITSTATUS(ended):
        raise SystemExit("a process failed; what it wrote stands above")
    said = told.read_text() if told.exists() else "null"
    return (os.WTERMSIG(ended), said) if os.WIFSIGNALED(ended) else (0, json.loads(said))


def main(path: str) -> None:
    config = msgspec.json.decode(Path(path).read_bytes(), type=Config)
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told")
        forked(lambda: prepare(config), told)
        lines = []  # how many there are, for each kind of tool
        for kind in range(len(config.asks)):
            run = config.runs + kind
            lines.append(forked(lambda r=run: ask_and_die(config, r, Killer(0, told)), told)[1])
        for run in range(config.runs):
            most = lines[run % len(lines)]
            step = run // len(lines)
            steps = max(1, config.runs // len(lines))
            killer = Killer(1 + step * most // steps, told)
            died, place = forked(lambda r=run, k=killer: ask_and_die(config, r, k), told)
            _, found = forked(lambda r=run: finish(config, r), told)
            about = {"run": run, "died": died, "place": place, "lines": most, **found}
            sys.stdout.write(json.dumps(about) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
