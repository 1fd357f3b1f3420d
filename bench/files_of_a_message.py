"""`python -m bench.files_of_a_message`: which files of ours one text message passes, and how many.

From the webhook to the provider's acceptance of the answer, in one process with the services of
that way: on SQLite, and on PostgreSQL where the tests find one. A file counts when a line of it
runs for the third message of somebody who is known, once everything is loaded; what is done from
time to time anyhow (the clock, the outbox) may count as well. Who only awaits what runs (the
process's own server, the task that a consumer lasts in) does nothing for it and does not count.
The model is a double, for how a model finds its answer is no part of the way. `--list` names the
files with the functions that ran, `--most 60` fails above that many.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Self

import aiohttp

import recado
from recado.app.server import listen, serve
from recado.runtime import Runtime
from recado.settings import load_settings
from tests.support.engines import engine_problem, postgresql_url
from tests.support.flow import ScriptedModel
from tests.support.graph import GraphStub
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, sign, text_message, webhook
from tests.support.waiting import until

OURS = f"{Path(recado.__file__).parent}/"
LINE = {
    "WHATSAPP_APP_SECRET": SECRET,
    "WHATSAPP_VERIFY_TOKEN": "a verify token",
    "WHATSAPP_ACCESS_TOKEN": "an access token",
    "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
}
SERVICES = ("ingest", "assistant", "media", "sending")
#: The first makes the contact known and loads what is loaded on demand; the others are watched, and
#: said once in the process: what is remembered of a text would hide the files that read it.
FIRST = ("hola", "¿Qué es un traspaso?")
WATCHED = {
    "SQLite": ("¿Cómo añado conocimiento?", "¿Cómo conecto un número?"),
    "PostgreSQL": ("¿Cómo invito a un compañero?", "¿Cómo escribo una nota?"),
}


class Watch:
    """Which functions of ours run while it is `on`, by their file."""

    def __init__(self) -> None:
        self.on = False
        self.files: dict[str, set[str]] = {}

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Self | None:
        code = frame.f_code
        if not (self.on and code.co_filename.startswith(OURS)) or code.co_name == "<module>":
            return None
        if event == "line":
            path = code.co_filename.removeprefix(OURS)
            self.files.setdefault(path, set()).add(code.co_qualname)
        return self


async def has_taken(graph: GraphStub, count: int) -> bool:
    return len(graph.received) >= count


async def files_passed(
    data: Path, watched: Sequence[str], database_url: str = "", *, is_embedded: bool = False
) -> dict[str, set[str]]:
    """The files that each of the watched messages passes, with their functions that ran. What runs
    beside only one of them is done from time to time, and not for a message."""
    watch = Watch()
    threading.settrace(watch)  # those that the store starts
    sys.settrace(watch)
    listening = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/webhooks/whatsapp"
    started: asyncio.Future[Runtime] = asyncio.get_running_loop().create_future()

    async def on_started(runtime: Runtime) -> None:
        if not is_embedded:
            runtime.models.use(runtime.settings.model, ScriptedModel())
        started.set_result(runtime)

    try:
        async with GraphStub() as graph, aiohttp.ClientSession() as client:
            settings = load_settings(
                None,
                RECADO_DATA=str(data),
                RECADO_QUIET_SECONDS="0",
                LOG_LEVEL="WARNING",
                **LINE,
                WHATSAPP_API_URL=graph.url,
                DATABASE_URL=database_url,
            )
            serving = asyncio.create_task(serve(settings, SERVICES, listening, on_started))
            runtime = await started

            async def is_quiet() -> bool:
                return not await runtime.queue.depth()

            passed: list[dict[str, set[str]]] = []
            messages = (*FIRST, *watched)
            for number, said in enumerate(messages, 1):
                body = webhook(messages=[text_message(said, id=f"wamid.{number}")])
                watch.files = {}
                watch.on = number > len(FIRST)
                async with client.post(url, data=body, headers=sign(body)) as response:
                    assert response.status == 200
                await until(partial(has_taken, graph, number))
                await asyncio.sleep(0.1)  # what came of it is written
                watch.on = False
                passed += [watch.files] if number > len(FIRST) else []
                await until(is_quiet)
            signal.raise_signal(signal.SIGTERM)
            await serving
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    always = set.intersection(*(set(it) for it in passed))
    return {path: set().union(*(it[path] for it in passed)) for path in always}


async def measure(*, is_embedded: bool, engine: str = "") -> dict[str, dict[str, set[str]]]:
    """The files by engine; of one engine only, where it is named."""
    figures = {}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recado-files-")))
        for name in [engine] if engine else list(WATCHED):
            url = ""
            if name == "PostgreSQL" and engine_problem("postgresql"):
                print("PostgreSQL: not on this machine")
                continue
            if name == "PostgreSQL":
                url = await stack.enter_async_context(postgresql_url())
            figures[name] = await files_passed(
                folder / name, WATCHED[name], url, is_embedded=is_embedded
            )
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="files_of_a_message", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the files and their functions")
    parser.add_argument("--most", type=int, default=sys.maxsize, help="fail above so many files")
    parser.add_argument(
        "--embedded", action="store_true", help="answered by the embedded model: its files too"
    )
    parser.add_argument("--only", choices=list(WATCHED), default="", help="on one engine alone")
    chosen = parser.parse_args(arguments)
    figures = asyncio.run(measure(is_embedded=chosen.embedded, engine=chosen.only))
    for engine, files in figures.items():
        packages = Counter(path.split("/")[0] for path in files)
        told = ", ".join(f"{name} {count}" for name, count in packages.most_common())
        print(f"{engine}: one text message passes {len(files)} files ({told})")
        for path, functions in sorted(files.items()) if chosen.list else ():
            print(f"  {path}: {', '.join(sorted(functions))}")
    return int(any(len(files) > chosen.most for files in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
