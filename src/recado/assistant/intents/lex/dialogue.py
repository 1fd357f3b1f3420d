"""A Dialogue (port.py) that a bot of Amazon Lex leads; where it gives no answer, ours goes on.

each message ─▶ RecognizeText ─┬─ ElicitSlot, ConfirmIntent ─▶ its question, or ours
                               ├─ ReadyForFulfillment ───────▶ completed, as the character says
                               ├─ denied ─▶ left     Failed ─▶ a person
                               └─ another matter ────────────▶ the model answers, the question waits
What the character needs beside what the bot has asked for, a yes included, is asked for by ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from msgspec.structs import replace

from recado.assistant.intents import embedded
from recado.assistant.intents.definition import Intent
from recado.assistant.intents.lex.bot import LexBot, read_bot
from recado.assistant.intents.lex.session import Told, fresh, kept, read, resumed, their_name
from recado.assistant.intents.port import Said, Stage, Step, TalkState
from recado.assistant.intents.understanding import leaves
from recado.aws.client import AwsClient, AwsFailed

log = structlog.get_logger(__name__)

#: A message waits so long for Lex, and no longer.
TIMEOUT_SECONDS = 3.0
_LONGEST_TEXT = 1024


class LexDialogue:
    """`name` is the character's `intent_engine`."""

    def __init__(self, name: str, bot: LexBot, client: AwsClient) -> None:
        self.name = name
        self._bot = bot
        self._client = client

    async def step(
        self, said: Said, intents: Sequence[Intent], state: TalkState | None
    ) -> Step | None:
        if state is not None and not any(it.name == state.intent for it in intents):
            state = None
        if not said.text.strip():
            return None
        if state is not None and leaves(said.text):
            return Step(outcome="left", state=state)
        try:
            told = read(await self._asked(said, state), intents, said)
        except (AwsFailed, ValueError, TypeError, LookupError, AttributeError) as error:
            why = error.for_log if isinstance(error, AwsFailed) else type(error).__name__
            log.warning("Lex gave no answer: the embedded engine leads the talk", error=why)
            return embedded.step(said, intents, None if state is None else _ours(state))
        return self._taken(told, said, intents, state)

    async def check(self) -> None:
        """Raises AwsFailed: there are no credentials."""
        await self._client.check()

    async def probe(self) -> None:
        """Ask the bot for one word. Raises AwsFailed: it is not there, or refuses."""
        await self._recognise("recado-doctor", "hola", "es", fresh())

    async def close(self) -> None:
        await self._client.close()

    async def _asked(self, said: Said, state: TalkState | None) -> dict[str, Any]:
        where = fresh() if state is None else resumed(state)
        return await self._recognise(said.session, said.text, said.language, where)

    async def _recognise(
        self, session: str, text: str, language: str, where: dict[str, Any]
    ) -> dict[str, Any]:
        return await self._client.call(
            "recognize_text",
            botId=self._bot.bot_id,
            botAliasId=self._bot.alias_id,
            localeId=self._bot.locales[language],
            sessionId=session,
            text=text.strip()[:_LONGEST_TEXT],
            sessionState=where,
        )

    def _taken(
        self, told: Told, said: Said, intents: Sequence[Intent], state: TalkState | None
    ) -> Step | None:
        if told.leaves and state is not None:
            return Step(outcome="left", state=state, text=told.text)
        goes_on = state is not None and told.intent is not None and told.intent.name == state.intent
        if told.intent is None or _tells_nothing(told, state if goes_on else None):
            return None if state is None else _unheard(told, said, intents, state)
        before = state.values if state is not None and goes_on else {}
        accepted = {name: it for name, it in before.items() if name not in told.wrong}
        now = TalkState(
            intent=told.intent.name,
            values={**accepted, **told.values},
            skipped=state.skipped if state is not None and goes_on else (),
            engine=self.name,
        )
        if told.stands in ("declined", "failed"):
            return _over(now, told) if goes_on else None
        if told.wrong:
            return _wrong(told.intent, now, told)
        return _done(told.intent, now, told) if told.stands == "done" else _going_on(now, told)


def open_lex(name: str, region: str) -> LexDialogue:
    """Raises SettingsError and Unprocessable: packages or a region are missing, or it is named
    otherwise."""
    client = AwsClient(
        "lexv2-runtime",
        "Amazon Lex",
        f"The character's intent_engine {name}",
        region=region,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    return LexDialogue(name, read_bot(name, "A character's intent_engine"), client)


def _tells_nothing(told: Told, before: TalkState | None) -> bool:
    """Whether it is no step of a talk, or the one before once more."""
    if told.stands == "elsewhere":
        return True
    if before is None or told.stands not in ("asking", "confirming"):
        return False
    same = told.stands == before.stage and told.asked == before.engine_state.get("asking", "")
    return same and not told.wrong and {**before.values, **told.values} == before.values


def _unheard(told: Told, said: Said, intents: Sequence[Intent], state: TalkState) -> Step | None:
    """The bot makes nothing of it. Our engine may: a question beside the talk, a correction ("no,
    el martes"); it then leads on. Else the bot asks once more."""
    step = embedded.step(said, intents, _ours(state))
    if step is None:
        return None
    unchanged = (step.state.intent, step.state.stage, step.state.values) == (
        state.intent,
        state.stage,
        state.values,
    )
    if not unchanged or step.outcome == "left":
        return step
    return replace(step, state=replace(state, tries=step.state.tries), text=told.text)


def _over(state: TalkState, told: Told) -> Step:
    if told.stands == "declined":
        return Step(outcome="left", state=state, text=told.text)
    return Step(outcome="stuck", state=state)


def _going_on(state: TalkState, told: Told) -> Step:
    asking = told.asks.name if told.asks is not None else ""
    stage: Stage = "confirming" if told.stands == "confirming" else "asking"
    held = replace(state, stage=stage, asking=asking, engine_state=kept(told, told.asked))
    return Step(outcome="goes_on", state=held, text=told.text)


def _done(intent: Intent, state: TalkState, told: Told) -> Step:
    """All that the bot asks for is there. What the character needs beside it, our engine asks for;
    a yes, too, where the bot has asked for none."""
    missing = any(it.required and it.name not in state.values for it in intent.slots)
    if not missing and (told.confirmed or not intent.confirms):
        return Step(outcome="completed", state=state, text=told.text)
    return embedded.following(intent, _ours(state))


def _wrong(intent: Intent, state: TalkState, told: Told) -> Step:
    """The bot has taken a value that the character does not accept: it is asked for again."""
    slot = next(it for it in intent.slots if it.name in told.wrong)
    asking = their_name(told.raw, slot.name)
    held = replace(state, asking=slot.name, engine_state=kept(told, asking))
    return Step(outcome="goes_on", state=held, wrong=told.wrong[slot.name])


def _ours(state: TalkState) -> TalkState:
    """The talk, from here on led by the embedded engine."""
    return replace(state, engine=embedded.NAME, engine_state={})
