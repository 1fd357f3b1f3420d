"""Evaluations on stages: each set of cases on one of its own, once for each variant."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from recado.app.staging import stage
from recado.assistant.characters import list_characters, persona_of
from recado.assistant.evaluations.model_judge import ModelJudge
from recado.assistant.evaluations.results import Run, SetResult, new_run
from recado.assistant.evaluations.running import run_cases
from recado.assistant.versions import find_version
from recado.errors import BadRequest, NotFound
from recado.language.reading import for_matching
from recado.turns.rehearsal import AskOnStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recado.assistant.evaluations.cases import CaseSet
    from recado.assistant.port import Persona
    from recado.runtime import Runtime
    from recado.settings import Settings

#: So many questions are before a provider at once; the embedded model works in this process.
AT_ONCE, AT_ONCE_EMBEDDED = 8, 1
_CHARACTER = "character:"


class Variant(msgspec.Struct, frozen=True):
    """Who answers: the set's character, or another one, or another version of it (`NAME@draft`,
    `NAME@3`); its model, or another one."""

    model: str = ""
    character: str = ""
    #: The character, where it has been read already.
    persona: Persona | None = None

    @classmethod
    def of(cls, name: str) -> Variant:
        """`character:NAME`, or a model's name."""
        if name.startswith(_CHARACTER):
            return cls(character=name.removeprefix(_CHARACTER).strip())
        return cls(model=name)

    def label(self, persona: Persona, settings: Settings) -> str:
        if self.character:
            return f"{_CHARACTER}{self.character}"
        return persona.model or settings.model


class Evaluation:
    """Sets, and who answers them. `needs_installation`: what it knows, or its characters."""

    def __init__(
        self,
        settings: Settings,
        sets: Sequence[CaseSet],
        variants: Sequence[Variant] = (Variant(),),
        *,
        judge: str = "",
        at_once: int = 0,
    ) -> None:
        """`judge` is the name of a model, "" for none. `at_once` 0: as many questions at once as
        suit the model."""
        self._settings = settings
        self._sets = sets
        self._variants = variants
        self._judge = judge
        self._at_once = at_once

    @property
    def needs_installation(self) -> bool:
        asked = [*(it.character for it in self._sets), *(it.character for it in self._variants)]
        return any(asked) or not all(it.has_own_knowledge for it in self._sets)

    @property
    def questions(self) -> int:
        return len(self._variants) * sum(len(it.cases) for it in self._sets)

    async def run(
        self,
        installation: Runtime | None = None,
        *,
        on_done: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Run:
        """Ask everything. `on_done` hears how many are done, and of how many.

        Raises NotFound (no such character), Unprocessable (knowledge cannot be learnt),
        ModelRefused (no such model), BadRequest (one that cannot judge).
        """
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            on_done(done, self.questions)

        found: list[SetResult] = []
        for it in self._sets:
            for variant in self._variants:
                if any((it.name, variant.model) == (one.name, one.variant) for one in found):
                    raise BadRequest(f"{variant.model} answers already: name another one.")
                found.append(await self._run_set(it, variant, installation, count))
        return new_run(found, self._judge)

    async def _run_set(
        self,
        cases: CaseSet,
        variant: Variant,
        installation: Runtime | None,
        on_done: Callable[[], None],
    ) -> SetResult:
        async with self._stage(cases, variant, installation) as runtime:
            persona = await runtime.characters.default()
            label = variant.label(persona, self._settings)
            model = persona.model or self._settings.model
            runtime.models.get(model)  # a wrong name is told at once, and not once for each case
            embedded = model == "embedded" and not persona.model_rules
            began = time.perf_counter()
            results = await run_cases(
                cases.cases,
                AskOnStage(runtime),
                judge=ModelJudge(runtime.models.get(self._judge)) if self._judge else None,
                at_once=self._at_once or (AT_ONCE_EMBEDDED if embedded else AT_ONCE),
                on_done=on_done,
            )
        return SetResult(cases.name, label, tuple(results), time.perf_counter() - began)

    @asynccontextmanager
    async def _stage(
        self, cases: CaseSet, variant: Variant, installation: Runtime | None
    ) -> AsyncIterator[Runtime]:
        character, persona = variant.character or cases.character, variant.persona
        if character and installation is not None:
            persona = persona or await _character(installation, character)
            if cases.has_own_knowledge:  # which of the installation's sources it has says nothing
                persona = replace(persona, sources=None)
        async with stage(
            self._settings,
            knowledge=cases.knowledge,
            like=None if cases.has_own_knowledge else installation,
            persona=persona,
            model=variant.model,
        ) as runtime:
            yield runtime


async def _character(installation: Runtime, called: str) -> Persona:
    """`NAME`, or `NAME@draft` and `NAME@3` for a version of it. Raises NotFound."""
    name, _, which = called.rpartition("@")
    if not name or not (which == "draft" or which.isdecimal()):
        name, which = called, "published"
    views = await installation.store.read(list_characters)
    for view in views:
        if view.id == name or for_matching(view.name) == for_matching(name):
            return await _version(installation, view.id, which)
    known = ", ".join(view.name for view in views)
    raise NotFound(f"There is no character {name}; there are {known}.")


async def _version(installation: Runtime, character_id: str, which: str) -> Persona:
    if which == "published":
        return await installation.characters.get(character_id)
    found = await installation.store.read(lambda tx: find_version(tx, character_id, which))
    return persona_of(character_id, found.content, version=found.number)
