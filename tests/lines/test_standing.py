"""A line remembers when its vendor last came, and why a webhook was not let in."""

from __future__ import annotations

from pathlib import Path

from recado.lines.standing import Standing
from tests.support.flow import Flow, running_flow
from tests.support.payloads import PHONE_NUMBER_ID, sign, text_message, webhook


async def standing(flow: Flow) -> Standing:
    line = await flow.runtime.lines.at("whatsapp", PHONE_NUMBER_ID)
    assert line is not None
    await flow.runtime.lines.close()  # what is being noted is written
    return await flow.runtime.lines.standing(line.id)


async def test_a_line_remembers_when_its_vendor_last_came(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        assert (await standing(flow)).last_webhook_at is None
        await flow.receive(text_message("hola"))
        await flow.until_sent(1)
        await flow.quiet()
        heard = await standing(flow)
        assert heard.last_webhook_at is not None
        assert not heard.is_refused
        await flow.receive(text_message("otra vez"))
        await flow.quiet()
        # Once a minute is enough for people, and costs the messages nothing.
        assert (await standing(flow)).last_webhook_at == heard.last_webhook_at


async def test_a_refused_webhook_leaves_its_reason_on_the_line(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as edge:
        body = webhook(messages=[text_message("hola")])
        assert (await edge.post(body, sign(body, "another secret"))).status_code == 403
        found = await standing(edge)
        assert found.last_refusal is not None
        assert "App settings, Basic" in found.last_refusal.reason
        assert found.is_refused


async def test_a_refusal_is_answered_without_a_store(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as edge:
        await edge.runtime.store.close()
        assert (await edge.post(b"{}", {})).status_code == 403
        await edge.runtime.lines.close()
