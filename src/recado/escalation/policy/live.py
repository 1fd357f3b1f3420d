"""The policy that holds now, for whoever judges a turn.

Which version that is comes with the turn's own reading; what a version says never changes, so it
is read once a process and kept by its number. Nothing has to be told to anybody.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select, text

from recado.assistant.policy import HandoverRules, Limits
from recado.assistant.port import Persona
from recado.escalation.policy.compiled import EscalationPolicy
from recado.escalation.policy.model import EscalationPolicyVersion
from recado.escalation.policy.rules import PolicyContent, content_of
from recado.store import Store, Tx
from recado.store.prepared import prepare

#: The number of the version that holds, in a statement that reads other things; null: the settings
#: alone do.
HOLDING = "(SELECT max(number) FROM escalation_policy WHERE state = 'published')"
_HOLDING = prepare(text(f"SELECT {HOLDING}"))
_CONTENT = prepare(
    select(EscalationPolicyVersion.content).where(
        EscalationPolicyVersion.number == bindparam("number"),
        EscalationPolicyVersion.state != "draft",
    )
)


class PolicySet:
    """One version made ready: a policy for each line and each character with rules of its own."""

    #: Characters' versions come and go; few are in use.
    MOST = 100

    def __init__(self, settings: EscalationPolicy, content: PolicyContent | None = None) -> None:
        """`settings` is what holds where `content` says nothing."""
        self._content = content or PolicyContent()
        self._base = settings if content is None else settings.with_rules(self._content)
        self._made: dict[tuple[str, str, HandoverRules, Limits], EscalationPolicy] = {}

    def of(self, line_id: str, persona: Persona | None = None) -> EscalationPolicy:
        """On that line, under the rules of the character that answers there."""
        content, character = self._content, persona.id if persona else ""
        own = (
            line_id if line_id in content.lines else "",
            character if character in content.characters else "",
            persona.handover if persona else HandoverRules(),
            persona.limits if persona else Limits(),
        )
        if own == ("", "", HandoverRules(), Limits()):
            return self._base
        if own not in self._made:
            if len(self._made) >= self.MOST:
                self._made.clear()
            self._made[own] = self._make(*own)
        return self._made[own]

    def _make(
        self, line_id: str, character_id: str, handover: HandoverRules, limits: Limits
    ) -> EscalationPolicy:
        policy = self._base
        if line_id:
            policy = policy.with_rules(self._content.lines[line_id])
        if character_id:
            policy = policy.with_rules(self._content.characters[character_id])
        return policy.under_rules(handover, limits)


class Policies:
    """The versions that this process has met."""

    #: A turn that began before another version was published ends by the one that it read.
    MOST = 3

    def __init__(self, store: Store, settings: EscalationPolicy) -> None:
        self._store = store
        self._settings = settings
        self._by_settings = PolicySet(settings)
        self._kept: dict[int, PolicySet] = {}

    async def at(self, number: int | None) -> PolicySet:
        """The version of that number, None: the settings alone. Asks the store once a version."""
        if kept := self._of_memory(number):
            return kept
        return await self._store.read(lambda tx: self.at_in(tx, number), brief=True)

    async def now(self) -> PolicySet:
        """What holds at this moment."""
        return await self._store.read(self.now_in, brief=True)

    def now_in(self, tx: Tx) -> PolicySet:
        return self.at_in(tx, tx.scalar(_HOLDING))

    def at_in(self, tx: Tx, number: int | None) -> PolicySet:
        """As `at`, in a transaction."""
        if kept := self._of_memory(number):
            return kept
        row = tx.first(_CONTENT, {"number": number})
        if row is None or number is None:
            raise AssertionError(f"version {number} of the escalation policy is gone")
        made = PolicySet(self._settings, content_of(row.content))
        while len(self._kept) >= self.MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[number] = made
        return made

    def with_content(self, content: PolicyContent) -> PolicySet:
        """What would hold if that was published."""
        return PolicySet(self._settings, content)

    def _of_memory(self, number: int | None) -> PolicySet | None:
        return self._by_settings if number is None else self._kept.get(number)
