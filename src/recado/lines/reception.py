"""Does a line receive? Why webhooks do not arrive, in words, each with its fix.

The desk, the API and `recado doctor` say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from recado.channels.port import Channel, Line
from recado.errors import RecadoError
from recado.lines.standing import Standing
from recado.observability.findings import Finding
from recado.runtime import Runtime

REACH_SECONDS = 5.0


NO_WEBHOOK = "This channel needs no webhook: Recado itself brings its messages."
UNSIGNED = "{label} is missing: every webhook is refused."
UNANSWERED = "{label} is missing: the vendor cannot subscribe the webhook."
NO_PUBLIC_URL = "RECADO_PUBLIC_URL is not set: the vendor has no address to call."
SET_PUBLIC_URL = "Set it to how the outside reaches Recado over https, then enter {path} there."
NOT_HTTPS = "RECADO_PUBLIC_URL is {url}; vendors call https:// only."
PUT_TLS = "Put TLS in front of Recado and write the address with https://."
NOT_REACHED = "{url} was not reached from here: {reason}."
CHECK_PROXY = (
    "Is the proxy or tunnel running, and does it lead to Recado? Some networks cannot call their"
    " own public address: then try it from outside."
)
NOT_RECADO = "{url} answers, but it is not Recado: {reason}."
LEAD_HERE = "Let the proxy pass every path to Recado, {path} too."
REACHED = "{url} reaches Recado."
REFUSED = "The newest webhook was refused: {reason}"
NEVER_CAME = "No webhook has ever come for this line."
ENTER_URL = "Enter {url} at the vendor, subscribe to messages, and write to the number."
CAME = "Webhooks arrive."


async def examine_reception(runtime: Runtime, line: Line, *, online: bool) -> list[Finding]:
    """What stands in the way of the line's webhooks. `online`: also ask outside."""
    channel = runtime.channels[line.channel]
    if channel.webhook is None:
        return [Finding("fine", NO_WEBHOOK)]
    found = [*missing_secrets(channel, line.credentials), *address_findings(runtime, channel)]
    if online:
        found += await reach(runtime.settings.public_url, channel.webhook.paths[0])
        found += await _vendor_findings(runtime, channel, line)
    standing = await runtime.lines.standing(line.id)
    return [*found, *_heard(runtime, channel, standing)]


def webhook_url(runtime: Runtime, channel: Channel) -> str:
    """What to enter at the vendor; "" when it has none, or Recado has no public URL."""
    public_url = runtime.settings.public_url
    return f"{public_url}{channel.webhook.paths[0]}" if public_url and channel.webhook else ""


def missing_secrets(channel: Channel, credentials: dict[str, str]) -> list[Finding]:
    """What verifies its webhooks, and answers their subscription, must be there."""
    if channel.webhook is None:
        return []
    wanted = (
        (channel.webhook.signed_with, UNSIGNED),
        (channel.webhook.challenged_with, UNANSWERED),
    )
    help_of = {it.name: it for it in channel.credentials}
    return [
        Finding("wrong", text, help_of[name].help, {"label": help_of[name].label})
        for name, text in wanted
        if name and not credentials.get(name)
    ]


def address_findings(runtime: Runtime, channel: Channel) -> list[Finding]:
    """Has Recado a public URL that vendors may call?"""
    url = runtime.settings.public_url
    path = channel.webhook.paths[0] if channel.webhook else "/"
    if not url:
        return [Finding("hint", NO_PUBLIC_URL, SET_PUBLIC_URL, {"path": path})]
    if not url.startswith("https://"):
        return [Finding("wrong", NOT_HTTPS, PUT_TLS, {"url": url})]
    return []


async def reach(public_url: str, path: str) -> list[Finding]:
    """GET PUBLIC_URL/health, as a stranger would. Nothing without a public URL."""
    if not public_url:
        return []
    url = f"{public_url}/health"
    timeout = aiohttp.ClientTimeout(total=REACH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            is_ours = "x-service-name" in response.headers
            status = response.status
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        reason = str(error) or type(error).__name__
        return [Finding("hint", NOT_REACHED, CHECK_PROXY, {"url": public_url, "reason": reason})]
    if not is_ours:
        values = {"url": public_url, "reason": f"HTTP {status}", "path": path}
        return [Finding("wrong", NOT_RECADO, LEAD_HERE, values)]
    return [Finding("fine", REACHED, values={"url": public_url})]


async def _vendor_findings(runtime: Runtime, channel: Channel, line: Line) -> Sequence[Finding]:
    try:
        problems = await channel.webhook_problems(line, webhook_url(runtime, channel))
    except RecadoError as error:
        problems = [error.detail]
    return [finding_of(problem) for problem in problems]


def finding_of(problem: str) -> Finding:
    """An adapter's problem, "what is wrong: its fix"."""
    what, _, fix = problem.partition(": ")
    return Finding("wrong", what, fix)


def _heard(runtime: Runtime, channel: Channel, standing: Standing) -> list[Finding]:
    if standing.is_refused and standing.last_refusal is not None:
        return [Finding("wrong", REFUSED, values={"reason": standing.last_refusal.reason})]
    if standing.last_webhook_at is None:
        path = channel.webhook.paths[0] if channel.webhook else ""
        url = webhook_url(runtime, channel) or path
        return [Finding("hint", NEVER_CAME, ENTER_URL, {"url": url})]
    return [Finding("fine", CAME)]
