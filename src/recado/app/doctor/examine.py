"""`recado doctor`: is this installation sound, and if not, what is to be done?

A list of checks, each a function that says what it found. ✓ fine, ! worth knowing, ✗ to be
mended. A check that depends on one that failed is left out.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from dotenv import dotenv_values

from recado import __version__
from recado.app.doctor.aws import check_aws, check_aws_answers
from recado.app.doctor.data_folder import check_data_folder
from recado.app.doctor.database import check_database
from recado.app.doctor.keys import check_secret_key
from recado.app.doctor.models import (
    check_embeddings,
    check_model,
    check_model_answers,
    check_prices,
)
from recado.app.doctor.notifications import check_notifications, check_notifications_answer
from recado.app.doctor.readers import check_readers, check_readers_answer
from recado.app.doctor.storage import check_storage, check_storage_answers
from recado.app.doctor.webhooks import check_public_address, check_webhooks
from recado.channels.port import Channel
from recado.errors import RecadoError, SettingsError
from recado.lines.reception import finding_of
from recado.observability.findings import Finding, Mark, fine, hint, wrong
from recado.runtime import Runtime
from recado.settings import Settings
from recado.store import now

#: Vendors sign with times; beyond this, tokens and windows are judged wrongly.
MAX_SKEW_SECONDS = 30.0
PROBE_SECONDS = 15.0
#: A start that is to say something waits no longer for an engine.
START_SECONDS = 2.0

SIGNS: dict[Mark, str] = {"fine": "✓", "hint": "!", "wrong": "✗"}


@dataclass(frozen=True, slots=True)
class Check:
    """`online`: it talks to somebody outside, so `--offline` leaves it out."""

    title: str
    ask: Callable[[Runtime], Awaitable[list[Finding]]]
    online: bool = False


async def examine(settings: Settings, *, offline: bool, say: Callable[[str], None]) -> bool:
    """Run every check and `say` what it found. True: nothing is to be mended."""
    say(f"Recado {__version__}, Python {sys.version.split()[0]}\n\nSettings")
    for line in settings_lines(settings):
        say(f"  {line}")
    say("\nChecks")
    findings = [_tell(say, "data folder", check_data_folder(settings))]
    found, is_empty = await check_database(settings)
    findings.append(_tell(say, "database", found))
    if any(it.mark == "wrong" for found in findings for it in found):
        say("  - the rest is left out until this is mended")
        return False
    try:
        async with _opened(settings, is_empty=is_empty) as runtime:
            for check in CHECKS:
                if offline and check.online:
                    say(f"  - {check.title}: left out (--offline)")
                else:
                    findings.append(_tell(say, check.title, await _ask(check, runtime)))
    except SettingsError as error:
        findings.append(_tell(say, "start", wrong("it would not start", error.detail)))
    return not any(it.mark == "wrong" for found in findings for it in found)


def _tell(say: Callable[[str], None], title: str, findings: list[Finding]) -> list[Finding]:
    for finding in findings:
        text, fix = finding.in_english()
        say(f"  {SIGNS[finding.mark]} {title}: {text}")
        if fix:
            say(f"      → {fix}")
    return findings


async def _ask(check: Check, runtime: Runtime) -> list[Finding]:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await check.ask(runtime)
    except TimeoutError:
        return wrong(f"no answer within {PROBE_SECONDS:g} s", "Check the network and the address.")
    except RecadoError as error:
        return wrong(error.title, error.detail)


@asynccontextmanager
async def _opened(settings: Settings, *, is_empty: bool) -> AsyncIterator[Runtime]:
    """For an empty database, what would begin with it: in a folder that goes again."""
    from recado.app.wiring import build_runtime, close_runtime

    with TemporaryDirectory(prefix="recado-doctor-") as folder:
        if is_empty:
            settings = settings.model_copy(update={"data": Path(folder), "database_url": ""})
        runtime = await build_runtime(settings)
        try:
            yield runtime
        finally:
            await close_runtime(runtime)


def settings_lines(settings: Settings, env_file: Path = Path(".env")) -> list[str]:
    """Every effective setting, secrets masked, and where it comes from."""
    in_file = dotenv_values(env_file) if env_file.is_file() else {}
    lines = []
    for name, masked in settings.masked().items():
        value = "" if masked == "None" else masked
        if name in os.environ:
            origin = "environment"
        elif name in in_file:
            origin = ".env"
        else:
            origin = "default"
        lines.append(f"{name:30} {value or '(empty)':40} {origin}")
    return lines


async def check_queue(runtime: Runtime) -> list[Finding]:
    await runtime.queue.check()
    depths = await runtime.queue.depth()
    waiting = sum(depth.waiting for depth in depths.values())
    oldest = max((depth.oldest_seconds for depth in depths.values()), default=0.0)
    if oldest > 300:
        return hint(
            f"{waiting} jobs wait, the oldest for {oldest / 60:.0f} minutes",
            "Is Recado running (`recado up`), and what do its logs say?",
        )
    return fine(f"{waiting} jobs wait")


async def check_dead_letters(runtime: Runtime) -> list[Finding]:
    from recado.queue.dead_letters import DeadLetters

    count = await DeadLetters(runtime.store, runtime.queue).count_open()
    if count:
        return hint(
            "1 is open" if count == 1 else f"{count} are open",
            "`recado dead-letters list` shows their causes; mend them, then replay.",
        )
    return fine("none are open")


async def check_settings(runtime: Runtime) -> list[Finding]:
    """Lines that the settings describe by half."""
    found: list[Finding] = []
    for channel in runtime.channels.values():
        line = channel.line_from_settings(runtime.settings)
        if line is not None and channel.address_setting and not line.address.strip():
            what = f"{channel.title} has no line"
            fix = f"{channel.address_label} of the line."
            found += wrong(f"{channel.address_setting} is not set, so {what}", fix)
        elif line is not None and channel.address_setting:
            found += _odd_address(channel, line.address)
        for credential in channel.credentials if line is not None else ():
            needed = credential.required and credential.setting
            if line is not None and needed and not line.credentials.get(credential.name):
                what = _what_does_not_work(channel, credential.name)
                found += wrong(f"{credential.setting} is not set, so {what}", credential.help)
    return found or fine("no line is described by half")


def _odd_address(channel: Channel, address: str) -> list[Finding]:
    """What the desk and the API would not take as a line's address."""
    try:
        channel.read_address(address)
    except RecadoError as error:
        return wrong(f"{channel.address_setting} is {address}, which is none", error.detail)
    return []


def _what_does_not_work(channel: Channel, credential: str) -> str:
    if channel.webhook and credential == channel.webhook.signed_with:
        return f"{channel.title}'s webhooks are refused"
    if channel.webhook and credential == channel.webhook.challenged_with:
        return f"{channel.title} cannot subscribe its webhook"
    return f"nothing can be sent through {channel.title}"


async def check_cache(runtime: Runtime) -> list[Finding]:
    if runtime.cache is None:
        return fine("in process")
    await runtime.cache.check()
    return fine("it answers")


async def check_engines(runtime: Runtime) -> list[Finding]:
    """The broker and the cache that the settings name answer."""
    asked: list[tuple[str, Callable[[], Awaitable[None]], str]] = []
    if not runtime.queue.transactional:
        asked.append(("RECADO_QUEUE_URL", runtime.queue.check, "what comes in and goes out waits"))
    if runtime.cache is not None:
        asked.append(("RECADO_CACHE_URL", runtime.cache.check, "this process counts for itself"))
    states = await asyncio.gather(*(_reached(check) for _, check, _ in asked))
    return [
        finding
        for (name, _, meanwhile), answers in zip(asked, states, strict=True)
        if not answers
        for finding in wrong(
            f"{name} names what does not answer",
            f"Start it, or correct {name}. Until then, {meanwhile}.",
        )
    ]


async def _reached(check: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(START_SECONDS):
            await check()
    except (RecadoError, OSError, TimeoutError):
        return False
    return True


async def what_will_not_work(runtime: Runtime) -> list[Finding]:
    """What a start should say at once, without asking anybody outside."""
    found = [*await check_settings(runtime), *await check_engines(runtime)]
    if "assistant" in runtime.services:
        found += [*await check_model(runtime), *await check_aws(runtime)]
        found += await check_readers(runtime)
    wrong_ones = [it for it in found if it.mark == "wrong"]
    if "assistant" in runtime.services:
        wrong_ones += [it for it in await check_prices(runtime) if it.mark == "hint"]
    return wrong_ones


async def _aws_offline(runtime: Runtime) -> list[Finding]:
    return await check_aws(runtime) or fine("nothing is missing")


async def check_lines(runtime: Runtime) -> list[Finding]:
    """Every enabled line, by what its channel's adapter says."""
    found: list[Finding] = []
    for line in await runtime.lines.all():
        if not line.enabled:
            found += hint(f"{line.name} is disabled", "Enable it under Lines in the desk.")
            continue
        problems = await runtime.channels[line.channel].check(line)
        found += [finding_of(problem).of(line.name) for problem in problems]
        if not problems:
            found += fine(f"{line.name} ({line.channel} {line.address})")
    return found


async def check_clock(runtime: Runtime) -> list[Finding]:
    """This machine's clock beside a vendor's (the Date header of any answer)."""
    import aiohttp

    told = ((it.title, it.clock_url()) for it in runtime.channels.values())
    title, url = next((found for found in told if found[1]), ("", ""))
    if not url:
        return fine("no channel tells the time")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.head(url, allow_redirects=False) as response,
        ):
            their_time = parsedate_to_datetime(response.headers["date"]).timestamp()
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError) as error:
        return hint(
            f"not compared: {url} did not answer ({type(error).__name__})",
            f"Check the network, if {title} is to be used.",
        )
    skew = now() - their_time
    if abs(skew) > MAX_SKEW_SECONDS:
        return wrong(f"{abs(skew):.0f} s off", "Let the machine keep its time by NTP.")
    return fine(f"agrees with the servers of {title}")


CHECKS: Sequence[Check] = (
    Check("secret key", check_secret_key),
    Check("settings", check_settings),
    Check("queue", check_queue),
    Check("cache", check_cache),
    Check("storage of files", check_storage),
    Check("storage of files answers", check_storage_answers, online=True),
    Check("dead letters", check_dead_letters),
    Check("model", check_model),
    Check("embeddings", check_embeddings),
    Check("prices of models", check_prices),
    Check("model answers", check_model_answers, online=True),
    Check("what people send", check_readers),
    Check("AWS services", _aws_offline),
    Check("AWS services answer", check_aws_answers, online=True),
    Check("readers of files answer", check_readers_answer, online=True),
    Check("notifications", check_notifications),
    Check("notifications can be sent", check_notifications_answer, online=True),
    Check("webhooks", check_webhooks),
    Check("public address", check_public_address, online=True),
    Check("lines", check_lines, online=True),
    Check("clock", check_clock, online=True),
)
