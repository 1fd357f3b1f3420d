"""The doctor's look at webhooks: would they be believed, and do they come?"""

from __future__ import annotations

from recado.channels.port import Channel, Line
from recado.lines.reception import (
    address_findings,
    finding_of,
    missing_secrets,
    reach,
    webhook_url,
)
from recado.observability.findings import Finding, fine, hint
from recado.runtime import Runtime


async def check_webhooks(runtime: Runtime) -> list[Finding]:
    """Whether every channel's webhooks would be believed, and whether any were refused."""
    found: list[Finding] = []
    called = await _called(runtime)
    standings = await runtime.lines.standings()
    for channel in called:
        missing = missing_secrets(channel, await _known(runtime, channel))
        found += [it.of(channel.title) for it in missing]
        refusals = (standings[line.id] for line in await _lines_of(runtime, channel))
        newest = next((it.last_refusal for it in refusals if it.is_refused), None)
        if newest is not None:
            found += hint(f"{channel.title}: the newest was refused", newest.reason)
    if not called:
        return hint(
            "no line that needs them yet; the simulator works without",
            "Add a line in the desk, or see the guide for the settings of one.",
        )
    found += address_findings(runtime, called[0])
    paths = ", ".join(channel.webhook.paths[0] for channel in called if channel.webhook)
    return found or fine(f"vendors call {runtime.settings.public_url}: {paths}")


async def check_public_address(runtime: Runtime) -> list[Finding]:
    """Whether RECADO_PUBLIC_URL leads here, and vendors send their webhooks to it."""
    found: list[Finding] = []
    called = await _called(runtime)
    if called and called[0].webhook:
        found += await reach(runtime.settings.public_url, called[0].webhook.paths[0])
    for channel in called:
        for line in await _lines_of(runtime, channel):
            problems = await channel.webhook_problems(line, webhook_url(runtime, channel))
            found += [finding_of(problem).of(line.name) for problem in problems]
    return found or fine("nothing to reach yet")


async def _called(runtime: Runtime) -> list[Channel]:
    """The channels in use whose vendors call us."""
    return [
        channel
        for channel in runtime.channels.values()
        if channel.webhook
        and (any((await _known(runtime, channel)).values()) or await _lines_of(runtime, channel))
    ]


async def _known(runtime: Runtime, channel: Channel) -> dict[str, str]:
    """One of each credential that any line of the channel has."""
    known = {
        it.name: await runtime.lines.secrets(channel.kind, it.name) for it in channel.credentials
    }
    return {name: values[0] if values else "" for name, values in known.items()}


async def _lines_of(runtime: Runtime, channel: Channel) -> list[Line]:
    lines = await runtime.lines.all()
    return [line for line in lines if line.channel == channel.kind and line.enabled]
