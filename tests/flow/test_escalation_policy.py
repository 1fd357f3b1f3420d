"""What a supervisor publishes holds from the next message on; what a person has dealt with is no
reason any more; and a draft tells beforehand what it would have changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from recado.app.wiring import build_runtime, close_runtime
from recado.conversations.model import Message
from recado.conversations.ownership import hand_back, take_over
from recado.errors import Conflict
from recado.escalation.matter import begins_after
from recado.escalation.model import Escalation
from recado.escalation.policy import trials, versions
from recado.escalation.policy.model import EscalationPolicyVersion
from recado.escalation.policy.rules import PolicyContent, PolicyRules
from recado.maintenance.personal_data import erase_contact, find_contact
from recado.runtime import Runtime
from recado.settings import load_settings
from recado.store import Tx, now
from recado.turns.policy_trial import try_next
from tests.flow.test_a_person_takes_it import codes, say, state
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, ScriptedModel, running_flow


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[Flow]:
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use("embedded", ScriptedModel())
        yield flow


async def publish(runtime: Runtime, content: PolicyContent) -> None:
    def work(tx: Tx) -> None:
        versions.save_draft(tx, content, author="api")
        versions.publish(tx, author="api")

    await runtime.store.write(work)


async def escalations(flow: Flow) -> list[set[str]]:
    rows = await flow.runtime.store.read(
        lambda tx: tx.all(select(Escalation.__table__).order_by(Escalation.created_at))
    )
    return [codes(row) for row in rows]


async def test_another_replica_judges_the_next_message_by_what_was_just_published(
    tmp_path: Path,
) -> None:
    async with (
        postgresql_url() as url,
        running_flow(tmp_path, DATABASE_URL=url) as flow,
    ):
        flow.runtime.models.use("embedded", ScriptedModel())
        await say(flow, "mi paquete es un walrus")
        assert await state(flow) == "bot"
        other = await build_runtime(
            load_settings(None, RECADO_DATA=str(tmp_path / "other"), DATABASE_URL=url)
        )
        try:
            content = PolicyContent(words={"es": ("walrus",)}, weights={"trigger_words": 60})
            await publish(other, content)
            await say(flow, "otra vez un WALRUS")
            assert await state(flow) == "waiting"
            rows = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.__table__)))
            found = {it["code"]: it.get("words") for it in rows[0].reasons}
            assert found["trigger_words"] == ["WALRUS"]
        finally:
            await close_runtime(other)


async def test_going_back_to_the_settings_holds_from_the_next_message_on(flow: Flow) -> None:
    await publish(flow.runtime, PolicyContent(threshold=10, words={"es": ("walrus",)}))
    await flow.write(lambda tx: versions.restore(tx, 0, author="api"))
    await say(flow, "mi paquete es un walrus")
    assert await state(flow) == "bot"


async def test_a_line_has_rules_of_its_own(flow: Flow) -> None:
    await say(flow, "hola")
    line = (await flow.conversation()).line_id
    rules = PolicyRules(threshold=30)
    await publish(flow.runtime, PolicyContent(lines={"another": rules}))
    await say(flow, "soy el supervisor de turno")
    assert await state(flow) == "bot"
    await publish(flow.runtime, PolicyContent(lines={line: rules}))
    await say(flow, "soy el supervisor de turno")
    assert await state(flow) == "waiting"


@pytest.mark.parametrize("rounds", [3])
async def test_what_was_said_before_a_hand_back_is_never_a_reason_again(
    flow: Flow, rounds: int
) -> None:
    for number in range(1, rounds + 1):
        await say(flow, "quiero hablar con una persona")
        assert await state(flow) == "waiting"
        await say(flow, "¡quiero hablar con una persona YA! son una estafa")  # nobody answers it
        conversation = await flow.conversation()
        await flow.write(lambda tx, id=conversation.id: take_over(tx, id, actor="user:1"))
        await flow.write(lambda tx, id=conversation.id: hand_back(tx, id, actor="user:1"))
        await flow.quiet()
        assert await state(flow) == "bot"
        assert len(await escalations(flow)) == number
        assert (await flow.messages(author="assistant"))[-1].position > conversation.message_count


async def test_the_model_s_call_for_a_person_is_a_reason_but_not_for_what_was_dealt_with(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:  # the embedded model calls for a person itself
        await say(flow, "quiero hablar con una persona")
        conversation = await flow.conversation()
        await say(flow, "quiero hablar con una persona")
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
        await flow.write(lambda tx: hand_back(tx, conversation.id, actor="user:1"))
        await flow.quiet()
        assert await state(flow) == "bot"
        assert "Sigo aquí para ayudarte" in flow.sent[-1]
        await say(flow, "quiero hablar con una persona")
        assert await state(flow) == "waiting"


async def test_a_long_conversation_counts_from_the_last_long_silence(flow: Flow) -> None:
    await publish(flow.runtime, PolicyContent(messages_over=5, weights={"long_conversation": 60}))
    for _ in range(2):
        await say(flow, "¿a qué hora abren?")
    assert await state(flow) == "bot"

    def age(tx: Tx) -> None:
        tx.execute(update(Message).values(created_at=Message.created_at - 3 * 86_400))

    await flow.write(age)
    await flow.runtime.context.forget((await flow.conversation()).id)
    for _ in range(2):
        await say(flow, "¿a qué hora abren?")
    assert await state(flow) == "bot"  # 7 messages in all, 4 of them of this matter
    await say(flow, "¿y los sábados?")
    assert await state(flow) == "bot"
    await say(flow, "¿y los domingos?")
    assert await state(flow) == "waiting"


def test_a_matter_begins_after_a_settlement_or_a_silence() -> None:
    times = [(4, 100.0), (5, 200.0), (6, 5000.0), (7, 5100.0)]
    assert begins_after(times, after=0, at=5200.0, silence_seconds=3600) == (5, True)
    assert begins_after(times, after=6, at=5200.0, silence_seconds=60) == (7, True)
    assert begins_after(times, after=0, at=5200.0, silence_seconds=9999) == (0, False)
    assert begins_after(times, after=3, at=5200.0, silence_seconds=9999) == (3, True)


async def test_a_draft_tells_what_it_would_have_changed_last_week(flow: Flow) -> None:
    await say(flow, "mi paquete es un walrus")
    await say(flow, "otro walrus")  # a person would have had it by then: counted once
    assert not await try_next(flow.runtime)
    content = PolicyContent(words={"es": ("walrus",)}, weights={"trigger_words": 60})

    def ask(tx: Tx) -> None:
        versions.save_draft(tx, content, author="api")
        trials.ask_for_trial(tx)

    await flow.write(ask)
    assert await try_next(flow.runtime)
    view = await flow.runtime.store.read(versions.describe_policy)
    assert view.draft is not None
    found = view.draft.trial
    assert found is not None
    assert (found.state, found.done, found.more, found.fewer) == ("done", 1, 1, 0)
    (one,) = found.differences
    assert one.conversation_id == (await flow.conversation()).id
    assert [it.code for it in one.draft_reasons] == ["trigger_words"]
    assert await state(flow) == "bot"  # nothing was done

    await flow.write(lambda tx: versions.publish(tx, author="api"))
    published = (await flow.runtime.store.read(versions.describe_policy)).published
    assert published is not None
    assert published.trial is None
    await say(flow, "y otro walrus")
    assert await state(flow) == "waiting"

    def ask_less(tx: Tx) -> None:
        versions.save_draft(tx, PolicyContent(threshold=100), author="api")
        trials.ask_for_trial(tx)

    await flow.write(ask_less)
    assert await try_next(flow.runtime)
    view = await flow.runtime.store.read(versions.describe_policy)
    assert view.draft is not None
    assert view.draft.trial is not None
    assert view.draft.trial.fewer >= 1
    assert view.draft.trial.more == 0


async def test_whoever_is_erased_is_in_no_trial(flow: Flow) -> None:
    await say(flow, "mi paquete es un walrus")
    content = PolicyContent(words={"es": ("walrus",)}, weights={"trigger_words": 60})

    def ask(tx: Tx) -> None:
        versions.save_draft(tx, content, author="api")
        trials.ask_for_trial(tx)

    await flow.write(ask)
    assert await try_next(flow.runtime)
    conversation = await flow.conversation()
    kept = select(EscalationPolicyVersion.trial)
    before = await flow.runtime.store.read(lambda tx: tx.scalar(kept))
    assert conversation.id in json.dumps(before)

    def erase(tx: Tx) -> None:
        erase_contact(tx, find_contact(tx, conversation.contact_id), actor="test")

    await flow.write(erase)
    left = await flow.runtime.store.read(lambda tx: tx.scalar(kept))
    assert conversation.id not in json.dumps(left)
    # A trial that was under way tells of it once more.
    await flow.write(lambda tx: tx.execute(update(EscalationPolicyVersion).values(trial=before)))
    view = await flow.runtime.store.read(versions.describe_policy)
    assert view.draft is not None
    assert view.draft.trial is not None
    assert (view.draft.trial.more, view.draft.trial.differences) == (1, ())


async def test_a_trial_that_was_killed_begins_again_and_one_of_a_changed_draft_ends(
    flow: Flow,
) -> None:
    def begin(tx: Tx) -> trials.DraftToTry | None:
        versions.save_draft(tx, PolicyContent(threshold=20), author="api")
        trials.ask_for_trial(tx)
        return trials.take_one(tx)

    taken = await flow.write(begin)
    assert taken is not None
    assert await flow.write(trials.take_one) is None  # somebody has it
    silent = trials.PolicyTrial(state="running", at=now() - 61, since=taken.since)
    assert await flow.write(lambda tx: trials.tell_trial(tx, taken.version_id, silent))
    assert await flow.write(trials.take_one) is not None
    await flow.write(lambda tx: versions.save_draft(tx, PolicyContent(threshold=30), author="api"))
    fresh = replace_at(silent)
    assert not await flow.write(lambda tx: trials.tell_trial(tx, taken.version_id, fresh))


def replace_at(trial: trials.PolicyTrial) -> trials.PolicyTrial:
    return trials.PolicyTrial(state="running", at=now(), since=trial.since)


async def test_versions_are_kept_and_who_writes_over_a_colleague_is_told(flow: Flow) -> None:
    await publish(flow.runtime, PolicyContent(threshold=20))
    await publish(flow.runtime, PolicyContent(threshold=30))

    def draft_and_go_back(tx: Tx) -> versions.PolicyView:
        versions.save_draft(tx, PolicyContent(threshold=40), author="user:1")
        return versions.restore(tx, 1, author="user:2", note="as before")

    view = await flow.write(draft_and_go_back)
    assert (view.published.content.threshold, view.published.restored_from) == (20, 1)
    assert (view.draft.content.threshold, view.draft.number) == (40, view.published.number + 1)
    found = await flow.runtime.store.read(versions.list_versions)
    assert [it.state for it in found] == ["draft", "published", "retired", "retired"]
    with pytest.raises(Conflict):
        await flow.write(
            lambda tx: versions.save_draft(tx, PolicyContent(), author="user:2", seen=1.0)
        )
