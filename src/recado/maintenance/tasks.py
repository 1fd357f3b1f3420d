"""What is done on a schedule, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recado.assistant.knowledge.changes import EMBED_SECONDS
from recado.assistant.knowledge.pages import LOOK_SECONDS as PAGES_SECONDS
from recado.assistant.unanswered.grouping import GROUP_SECONDS, group_new
from recado.conversations.facts.reading import READ_SECONDS, read_facts
from recado.escalation.clocks import tending
from recado.maintenance import old_messages
from recado.maintenance.features import PAST_TIME
from recado.maintenance.schedule import Every, Weekly
from recado.maintenance.scheduler import Scheduler, Task
from recado.maintenance.searching import SEARCH_SECONDS, make_searchable, tend_search
from recado.media.sweep import sweep_files
from recado.runtime import Runtime
from recado.sending.left import settle_left
from recado.store import Tx, now
from recado.store.sweeping import DAY
from recado.templates.sync import LOOK_SECONDS, refresh_templates

_WEDNESDAY = 2
SETTLE_LEFT_SECONDS = 60.0
FILES = "files that no message needs removed"


async def clean_up(runtime: Runtime) -> dict[str, int]:
    """Remove all that is past its time, now. Returns how much, by what was done."""
    return {**await forget_old_messages(runtime), **await remove_leftovers(runtime)}


async def remove_leftovers(runtime: Runtime) -> dict[str, int]:
    """Remove what nobody looks at any more, and the files that no message needs."""
    done = await _run(runtime, PAST_TIME)
    return {**done, FILES: await sweep_files(runtime), **await tend_search(runtime)}


async def forget_old_messages(runtime: Runtime) -> dict[str, int]:
    """Remove what was said more than RECADO_RETENTION_DAYS ago, where that is set."""
    days = runtime.settings.retention_days
    if not days:
        return {}
    return await _run(runtime, old_messages.tasks(now() - days * DAY))


async def _run(runtime: Runtime, tasks: Mapping[str, Callable[[Tx], int]]) -> dict[str, int]:
    return {name: await _until_done(runtime, task) for name, task in tasks.items()}


async def _until_done(runtime: Runtime, task: Callable[[Tx], int]) -> int:
    total = 0
    while count := await runtime.store.write(task):
        total += count
    return total


async def _sync_templates(runtime: Runtime) -> dict[str, int]:
    return {"templates synchronised": await refresh_templates(runtime)}


async def _look_at_pages(runtime: Runtime) -> dict[str, int]:
    return {"pages of the web looked at again": await runtime.pages.look_at_due()}


async def _embed(runtime: Runtime) -> dict[str, int]:
    meaning = runtime.knowledge.meaning
    return {"passages read for their meaning": await meaning.embed_missing() if meaning else 0}


async def _group_unanswered(runtime: Runtime) -> dict[str, int]:
    return {"unanswered questions put together": await group_new(runtime.store)}


async def _settle_left(runtime: Runtime) -> dict[str, int]:
    return {"messages that were not sent queued": await settle_left(runtime)}


TASKS = (
    # BOT-6: once a week, Wednesday 04:00 UTC, by one process.
    Task("clean-up", Weekly(_WEDNESDAY, hour=4), remove_leftovers),
    Task("retention", Every(DAY), forget_old_messages),
    Task("search", Every(SEARCH_SECONDS), make_searchable, at_once=True),
    Task("templates", Every(LOOK_SECONDS), _sync_templates, at_once=True),
    Task("pages", Every(PAGES_SECONDS), _look_at_pages),
    Task("meaning", Every(EMBED_SECONDS), _embed, at_once=True),
    Task("unanswered", Every(GROUP_SECONDS), _group_unanswered),
    Task("facts", Every(READ_SECONDS), read_facts, at_once=True),
    Task("service clocks", Every(tending.LOOK_SECONDS), tending.tend_clocks, at_once=True),
    Task("unknown", Every(SETTLE_LEFT_SECONDS), _settle_left),
)


async def keep_schedule(runtime: Runtime) -> None:
    """Runs beside the other work of a process that hosts `maintenance`, until it is cancelled."""
    await Scheduler(runtime, TASKS, clock=runtime.clock).run()
