"""The 24 hours on PostgreSQL, where other writers really are at work at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sending.test_window import TWO_DAYS, Walk
from tests.support.engines import postgresql_url
from tests.support.flow import ScriptedModel, running_flow


@pytest.mark.engine
async def test_messages_wait_and_go_or_travel_in_a_template_on_postgresql_too(
    tmp_path: Path,
) -> None:
    async with (
        postgresql_url() as url,
        running_flow(tmp_path, workers=False, DATABASE_URL=url) as flow,
    ):
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        walk = Walk(flow)
        await walk.hear("hola")
        walk.ahead = TWO_DAYS
        held = await walk.agent_says("Su pedido está listo")
        await walk.send_all()
        assert (await walk.row(held)).held == "window"
        assert await walk.held_count() == 1
        walk.ahead = 0
        await walk.hear("¿ya está?")
        await walk.send_all()
        assert (await walk.row(held)).status == "sent"
        await walk.rule(template="answer", parameters=["{{name}}", "{{text}}"])
        walk.ahead = TWO_DAYS
        carried = await walk.agent_says("Hasta las ocho")
        await walk.send_all()
        message = await walk.row(carried)
        assert (message.status, message.type) == ("sent", "template")
        assert message.route["template"]["name"] == "answer"
