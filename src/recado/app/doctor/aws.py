"""Whether Amazon's services that are asked for can be used: packages, region, credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from recado.aws.client import AwsFailed
from recado.aws.comprehend import SETTING
from recado.errors import RecadoError
from recado.observability.findings import Finding, fine, wrong
from recado.runtime import Runtime

_FELT = "sentiment is the embedded lexicon's"
_LED = "its guided talks are led by the embedded engine"


async def check_aws(runtime: Runtime) -> list[Finding]:
    """What is missing for Amazon Comprehend and for characters that a bot of Lex leads."""
    found: list[Finding] = []
    if runtime.comprehend is not None:
        found += await _checked(runtime.comprehend.check, SETTING, _FELT)
    for name, engine in await _led_by_lex(runtime):
        try:
            dialogue = runtime.dialogues.lex(engine)
        except RecadoError as error:
            found += wrong(f"Amazon Lex cannot lead talks of {name}, so {_LED}", error.detail)
            continue
        found += await _checked(dialogue.check, f"the character {name}", _LED)
        await dialogue.close()
    return found


async def check_aws_answers(runtime: Runtime) -> list[Finding]:
    """A word for each of them."""
    found: list[Finding] = []
    if runtime.comprehend is not None:
        comprehend = runtime.comprehend
        asking = lambda: comprehend.analyse("hola", "es")  # noqa: E731
        found += await _checked(asking, SETTING, _FELT) or fine("Amazon Comprehend answered")
    for name, engine in await _led_by_lex(runtime):
        try:
            dialogue = runtime.dialogues.lex(engine)
        except RecadoError:
            continue  # check_aws tells
        told = await _checked(dialogue.probe, f"the character {name}", _LED)
        found += told or fine(f"the bot of {name} answered")
        await dialogue.close()
    return found or fine("no service of Amazon's is asked for")


async def _checked(ask: Callable[[], Awaitable[object]], who: str, so: str) -> list[Finding]:
    try:
        await ask()
    except AwsFailed as error:
        return wrong(f"{who}: no answer from AWS, so {so}", error.detail)
    return []


async def _led_by_lex(runtime: Runtime) -> list[tuple[str, str]]:
    """The published characters that name a bot, each with it."""
    from recado.assistant.characters import list_characters
    from recado.assistant.intents.lex.bot import is_lex

    contents = await runtime.store.read(list_characters)
    return [(it.name, it.intent_engine) for it in contents if is_lex(it.intent_engine)]
