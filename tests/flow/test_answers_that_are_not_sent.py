"""A model's answer that does not pass its checks is asked for once more; then a person comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from recado.assistant.model import Turn
from recado.escalation.model import Escalation
from tests.flow.test_tools import add, asked
from tests.flow.test_tools_of_models import CANCEL, final
from tests.support.flow import Flow, running_flow
from tests.support.model_server import ModelServer, model_server, saying
from tests.support.payloads import text_message
from tests.support.shop import cancel_order, host_of, running_shop

INVENTED = final("El café con leche cuesta 1,15 €.")
RIGHT = "El café con leche cuesta 2,10 €."


@asynccontextmanager
async def answered_with(tmp_path: Path, *says: Any) -> AsyncIterator[tuple[Flow, ModelServer]]:
    async with (
        model_server(*says) as model,
        running_flow(
            tmp_path, RECADO_MODEL="openai:any", OPENAI_BASE_URL=model.url, OPENAI_API_KEY="k"
        ) as flow,
    ):
        await flow.runtime.knowledge.ensure_sample()
        yield flow, model


async def turn_of(flow: Flow) -> Row[Any]:
    (turn,) = await flow.runtime.store.read(lambda tx: tx.all(select(Turn.__table__)))
    return turn


async def test_a_price_that_is_invented_is_mended_when_the_model_is_told(tmp_path: Path) -> None:
    async with answered_with(tmp_path, INVENTED, final(RIGHT)) as (flow, model):
        assert await asked(flow, text_message("¿cuánto vale el café con leche?")) == [RIGHT]
        assert len(model.asked) == 2
        told = model.instructions(1)
        assert "stands in no source" in told
        assert "1,15" not in told
        turn = await turn_of(flow)
        assert turn.outcome == "replied"
        assert [(it["code"], it.get("detail")) for it in turn.reasons][-2:] == [
            ("answer_mended", None),
            ("answer_figure", "1,15 €"),
        ]


async def test_a_price_that_stays_invented_never_reaches_the_contact(tmp_path: Path) -> None:
    async with answered_with(tmp_path, INVENTED) as (flow, model):
        (told,) = await asked(flow, text_message("¿cuánto vale el café con leche?"))
        assert "1,15" not in told
        assert len(model.asked) == 2
        turn = await turn_of(flow)
        assert turn.outcome == "escalated"
        assert {"unfit_answer", "answer_figure"} <= {it["code"] for it in turn.reasons}
        (row,) = await flow.runtime.store.read(lambda tx: tx.all(select(Escalation.__table__)))
        assert row.reasons[-1]["detail"] == "1,15 €"


async def test_a_model_that_fails_when_it_is_asked_once_more_leaves_it_to_a_person(
    tmp_path: Path,
) -> None:
    async with answered_with(tmp_path, INVENTED, saying("")) as (flow, _):
        (told,) = await asked(flow, text_message("¿cuánto vale el café con leche?"))
        assert "1,15" not in told
        assert (await turn_of(flow)).outcome == "escalated"


async def test_what_a_tool_has_done_is_told_in_its_own_words_when_the_model_says_it_wrongly(
    tmp_path: Path,
) -> None:
    wrong = final("Cancelado. Te devolvemos 500 € y te llamaremos mañana.")
    async with (
        running_shop() as shop,
        model_server(saying(None, CANCEL), wrong) as model,
        running_flow(
            tmp_path,
            RECADO_TOOLS_PRIVATE_HOSTS=host_of(shop.url),
            RECADO_MODEL="openai:any",
            OPENAI_BASE_URL=model.url,
        ) as flow,
    ):
        await add(flow, cancel_order(shop.url, confirms=False))
        told = await asked(flow, text_message("cancela el pedido 1182"))
        assert told[0] == "Listo, tu pedido 1182 está cancelado."
        assert shop.effects == ["1182"]
        assert "500" not in " ".join(told)


async def test_what_changes_something_is_asked_about_when_the_contact_did_not_ask_for_it(
    tmp_path: Path,
) -> None:
    async with (
        running_shop() as shop,
        model_server(saying(None, CANCEL)) as model,
        running_flow(
            tmp_path,
            RECADO_TOOLS_PRIVATE_HOSTS=host_of(shop.url),
            RECADO_MODEL="openai:any",
            OPENAI_BASE_URL=model.url,
        ) as flow,
    ):
        await add(flow, cancel_order(shop.url, confirms=False))
        (told,) = await asked(flow, text_message("¿a qué hora abren?"))
        assert told == "Voy a hacer esto: cancelar el pedido 1182. ¿Lo confirmas?"
        assert shop.effects == []
