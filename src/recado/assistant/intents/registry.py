"""Who leads the talk: the dialogues by name, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.embedded import NAME as EMBEDDED
from recado.assistant.intents.embedded import EmbeddedDialogue
from recado.assistant.intents.port import Dialogue, Said, Step, TalkState
from recado.errors import RecadoError

if TYPE_CHECKING:
    from recado.assistant.intents.lex.dialogue import LexDialogue

log = structlog.get_logger(__name__)


class Dialogues:
    """All that there are; closed with the runtime."""

    def __init__(self, aws_region: str = "") -> None:
        self._aws_region = aws_region
        self._embedded = EmbeddedDialogue()
        self._made: dict[str, Dialogue] = {EMBEDDED: self._embedded}

    async def step(
        self, named: str, said: Said, intents: Sequence[Intent], state: TalkState | None
    ) -> Step | None:
        """As the port's, by the dialogue of that name; a talk that goes on, by whoever leads it.
        One that cannot be had gives way to the embedded one."""
        name = named or EMBEDDED
        if state is not None and state.engine != name:
            name = EMBEDDED  # since it gave way, or the character has another one now
        return await self._dialogue(name).step(said, intents, state)

    def _dialogue(self, name: str) -> Dialogue:
        if name not in self._made:
            try:
                self._made[name] = self.lex(name)
            except RecadoError as error:
                log.warning("the embedded engine leads talks", instead_of=name, error=error.detail)
                self._made[name] = self._embedded
        return self._made[name]

    def lex(self, name: str) -> LexDialogue:
        """The bot of Amazon Lex that a character names. Raises SettingsError and Unprocessable:
        packages or a region are missing, or it is named otherwise."""
        # Imported here: an installation on the embedded engine never needs it.
        from recado.assistant.intents.lex.dialogue import open_lex

        return open_lex(name, self._aws_region)

    async def close(self) -> None:
        for dialogue in self._made.values():
            await dialogue.close()
