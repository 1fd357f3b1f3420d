"""How long the desk takes to answer, with many conversations in it."""

from __future__ import annotations

import asyncio
import html
import re
import time
from pathlib import Path

from bench.client import Timings
from bench.many import LONG, fill_desk
from bench.report import Report
from recado.maintenance.searching import tend_search
from recado.runtime import Runtime
from tests.desk.conftest import DeskUser, browser
from tests.support.engines import postgresql_url
from tests.support.runtime import make_runtime

#: Conversations, and how many of them wait for a person.
SIZES = ((5_000, 100), (100_000, 2_000))
MESSAGES_EACH = 10
TIMES = 20
DESKS = 10
FILTERS = ("all", "waiting", "mine", "human", "bot", "resolved")
LOOKS = {
    "the inbox": "/",
    **{f"the list: {name}": f"/desk/list?filter={name}" for name in FILTERS},
    "200 of the list": "/desk/list?shown=200",
    "a search for a rare word": "/desk/list?q=violin",
    "a search for a word of 1 in 1,000": "/desk/list?q=zacatecas",
    "a search for a frequent word": "/desk/list?q=envio",
    "a search for three words": "/desk/list?q=hola+envio+tarde",
    "a search for part of a word": "/desk/list?q=zacat",
    "a search for a name": "/desk/list?q=Contacto+4321",
    "a search for a phone": "/desk/list?q=5500030",
    "a search without a find": "/desk/list?q=ornitorrinco",
}


async def desk(folder: Path, report: Report) -> None:
    for count, waiting in SIZES:
        async with make_runtime(folder / f"desk-{count}") as runtime:
            await _measure(runtime, report, f"SQLite, {count:,}", count, waiting)
        async with (
            postgresql_url() as url,
            make_runtime(folder / f"desk-pg-{count}", DATABASE_URL=url) as runtime,
        ):
            await _measure(runtime, report, f"PostgreSQL, {count:,}", count, waiting)


async def _measure(runtime: Runtime, report: Report, name: str, count: int, waiting: int) -> None:
    async with browser(runtime) as user:
        user_id = await user.sign_in()
        line = await runtime.lines.at("web", "simulator")
        assert line is not None
        began = time.perf_counter()
        sizes = {"conversations": count, "waiting": waiting, "each": MESSAGES_EACH}
        long = await fill_desk(runtime.store, line.id, user_id, **sizes)
        report.add(f"{name}: filled", f"{time.perf_counter() - began:.0f} s")
        began = time.perf_counter()
        await tend_search(runtime)
        report.add(f"{name}: made searchable", f"{time.perf_counter() - began:.0f} s")
        looks = {
            **LOOKS,
            f"a conversation of {LONG:,} messages": f"/conversations/{long}",
            "the same, refreshed": f"/conversations/{long}/live?hidden=1",
            "the same, from its middle": f"/conversations/{long}/older?before={LONG // 2}",
            "the 20th page of the list": await _page(user, 20),
        }
        for words, path in looks.items():
            timings = await _looks(user, path, TIMES)
            report.add(f"{name}: {words}", _figure(timings))
        at_once = await asyncio.gather(
            *(_looks(user, path, 5) for path in ["/desk/list?filter=waiting"] * DESKS)
        )
        together = Timings([it for timings in at_once for it in timings.latencies])
        report.add(f"{name}: the list of {DESKS} desks at once", _figure(together))


async def _page(user: DeskUser, number: int) -> str:
    """The address of a page further down, as the list leads to it."""
    path = "/desk/list?filter=all"
    for _ in range(number - 1):
        found = re.search(r'id="more"[^>]*hx-get="([^"]+)"', await user.page(path, htmx=True))
        assert found is not None
        path = html.unescape(found[1])
    return path


async def _looks(user: DeskUser, path: str, times: int) -> Timings:
    timings = Timings()
    for _ in range(times):
        began = time.perf_counter()
        response = await user.get(path, htmx=path.startswith("/desk/"))
        timings.latencies.append(time.perf_counter() - began)
        assert response.status_code == 200, response.text
    return timings


def _figure(timings: Timings) -> str:
    return f"p50 {timings.percentile(0.5):.0f} ms, p95 {timings.percentile(0.95):.0f} ms"
