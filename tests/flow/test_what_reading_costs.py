"""What services take to read a file stands in the ledger of its conversation, and is held back by
the same budgets as the models that answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, delete, select

from recado.assistant.characters import default_character, update_character
from recado.assistant.content import content_of
from recado.assistant.models.budgets import unpriced_models
from recado.assistant.models.costs import list_model_calls, read_costs
from recado.assistant.models.model import ModelCallRow
from recado.assistant.models.prices import Price, Prices, read_prices
from recado.assistant.models.services import UnitPrice
from recado.errors import ReadingFailed, SettingsError
from recado.media.model import Media
from recado.media.reading.plan import Plan, Step
from recado.media.reading.port import FileReading, FileToRead
from recado.media.reading.spending import using
from recado.media.reading.steps import NO_BUDGET
from tests.support import voice_notes as vn
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message
from tests.support.readers import ANY, ScriptedReader, send_photo, send_video, send_voice
from tests.support.transcription import Ear, transcription_server

ASKED = "¿A qué hora abren el sábado?"


class Paid(ScriptedReader):
    """Asks a service that takes `amount` pages for what it says."""

    paid_model = "aws:textract"
    amount = 2.0

    async def read(self, file: FileToRead) -> FileReading:
        with using(self.paid_model, "page", self.amount):
            return await super().read(file)


def read_by(flow: Flow, *readers: ScriptedReader) -> None:
    spending = flow.runtime.reading.spending
    flow.runtime.reading = Plan([Step("text", ANY, readers)], spending=spending)


async def calls(flow: Flow) -> Sequence[Row[Any]]:
    query = select(ModelCallRow.__table__).order_by(ModelCallRow.id)
    return await flow.runtime.store.read(lambda tx: tx.all(query))


async def budget(flow: Flow, **budgets: Any) -> None:
    fields = {"budgets": budgets}
    await flow.write(lambda tx: update_character(tx, default_character(tx).id, fields))
    flow.runtime.characters.forget()


async def the_file(flow: Flow) -> Row[Any]:
    rows = await flow.runtime.store.read(
        lambda tx: tx.all(select(Media.__table__).order_by(Media.id.desc()))
    )
    return rows[0]


@asynccontextmanager
async def hearing(tmp_path: Path) -> AsyncIterator[Flow]:
    ear = Ear()
    ear.learn(ASKED, vn.speak(ASKED))
    async with transcription_server(ear) as server:
        chosen = {
            "RECADO_TRANSCRIPTION": "openai:whisper-1",
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "nobody's",
            "RECADO_FILE_WAIT_SECONDS": "120",
        }
        async with running_flow(tmp_path, plan=None, workers=True, **chosen) as flow:
            yield flow


async def test_a_voice_note_costs_what_its_minutes_cost_and_has_its_waveform(
    tmp_path: Path,
) -> None:
    async with hearing(tmp_path) as flow:
        spoken = vn.join(vn.silence(2), vn.speak(ASKED))
        await send_voice(flow, data=vn.encode(spoken))
        await flow.until_sent(1)
        await flow.quiet(hurried=True)
        (call,) = await calls(flow)
        assert (call.model, call.purpose, call.outcome) == (
            *("openai:whisper-1", "listening", "answered"),
        )
        minutes = len(spoken) / vn.RATE / 60
        assert call.cost == pytest.approx(0.006 * minutes * 1e6, rel=0.05)
        (day,) = await flow.runtime.store.read(lambda tx: read_costs(tx, 30))
        assert (day.model, day.calls, day.unpriced) == ("openai:whisper-1", 1, 0)
        page = await flow.runtime.store.read(list_model_calls)
        assert page.items[0].cost == pytest.approx(call.cost / 1e6)

        bars = (await the_file(flow)).analysis["waveform"]
        assert len(bars) == 64
        assert max(bars) == 100
        assert max(bars[:10]) <= 2, "it begins with two seconds of silence"


async def test_the_words_of_a_video_without_a_caption_are_the_question(tmp_path: Path) -> None:
    async with hearing(tmp_path) as flow:
        spoken = vn.speak(ASKED)
        video = vn.as_video(spoken, seconds=len(spoken) / vn.RATE, megabytes=1)
        await send_video(flow, video)
        (answer,) = await flow.until_sent(1)
        assert "9:00" in answer
        (message,) = await flow.messages(direction="inbound")
        assert message.text == ASKED
        assert (await the_file(flow)).analysis["said"] is True


async def test_the_words_of_a_video_with_a_caption_are_what_stands_in_it(tmp_path: Path) -> None:
    async with hearing(tmp_path) as flow:
        spoken = vn.speak(ASKED)
        video = vn.as_video(spoken, seconds=len(spoken) / vn.RATE, megabytes=1)
        await send_video(flow, video, caption="¡Miren!")
        await flow.until_sent(1)
        await flow.quiet(hurried=True)
        (message,) = await flow.messages(direction="inbound")
        assert message.text == "¡Miren!"
        file = await the_file(flow)
        assert file.text == ASKED
        assert "said" not in file.analysis


async def test_a_page_costs_what_the_table_says_or_the_operator(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        read_by(flow, Paid("textract", "Total 5"))
        await send_photo(flow)
        await flow.quiet()
        (call,) = await calls(flow)
        assert (call.purpose, call.cost) == ("reading", 3_000)


async def test_a_request_that_failed_is_in_the_ledger_and_costs_nothing(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        reader = Paid("textract", "Total 5")
        reader.errors = [ReadingFailed("Busy.")]
        read_by(flow, reader)
        await send_photo(flow)
        await flow.quiet(hurried=True)
        assert [(it.outcome, it.cost) for it in await calls(flow)] == [
            ("reading-failed", None),
            ("answered", 3_000),
        ]


async def test_a_spent_budget_holds_back_what_costs_and_the_free_one_stands_in(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        paid, free = Paid("textract", "Total 5"), ScriptedReader("ocr", "Total 5,00")
        read_by(flow, paid, free)
        await budget(flow, conversation={"dollars": 0.002}, then="embedded")
        await send_photo(flow, "2013859600000001", id="wamid.p1")
        await flow.quiet()
        await send_photo(flow, "2013859600000002", id="wamid.p2")
        await flow.quiet()
        assert (len(paid.read_ids), len(free.read_ids)) == (1, 1)
        assert (await the_file(flow)).text == "Total 5,00"


async def test_where_only_a_paid_reader_is_there_the_desk_says_that_the_budget_is_spent(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        read_by(flow, Paid("textract", "Total 5"))
        await budget(flow, day={"dollars": 0.001}, then="person")
        await send_photo(flow, "2013859600000001", id="wamid.p1")
        await flow.quiet()
        await send_photo(flow, "2013859600000002", id="wamid.p2")
        await flow.quiet()
        file = await the_file(flow)
        assert (file.reading, file.analysis["failed"]) == ("failed", {"text": NO_BUDGET})
        assert len(await calls(flow)) == 1


async def test_what_was_read_for_a_budget_counts_against_the_models_that_answer(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        read_by(flow, Paid("textract", "Total 5"))
        await budget(flow, conversation={"dollars": 0.001}, then="person")
        await send_photo(flow)
        await flow.quiet()
        before = len(flow.sent)
        await flow.receive(text_message("¿Abren el sábado?"))
        await flow.quiet(hurried=True)
        conversation = await flow.conversation()
        assert conversation.state != "assistant" or len(flow.sent) == before


async def test_nothing_is_kept_of_a_file_that_was_erased_meanwhile(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:

        class Erasing(Paid):
            async def read(self, file: FileToRead) -> FileReading:
                found = await super().read(file)
                await flow.write(lambda tx: tx.execute(delete(Media)))
                return found

        read_by(flow, Erasing("textract", "Total 5"))
        await send_photo(flow)
        await flow.quiet()
        assert not await calls(flow)


async def test_a_budget_in_money_is_told_when_a_reader_has_no_price(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        reader = Paid("own", "x")
        reader.paid_model = "openai:my-own-server"
        read_by(flow, reader, Paid("textract", "x"))
        await budget(flow, day={"dollars": 1.0})
        content = await flow.runtime.store.read(lambda tx: content_of(default_character(tx)))
        assert unpriced_models(flow.runtime, [content]) == ["openai:my-own-server"]


def test_prices_of_minutes_pictures_and_pages_are_read_beside_those_of_tokens() -> None:
    prices = read_prices("openai:a=1/2, openai:mine*=0.01/minute, aws:textract=0/page")
    assert prices["openai:a"] == Price(1, 2, 1)
    assert prices["openai:mine*"] == UnitPrice(0.01, "minute")
    own = Prices(prices)
    assert own.of_use("openai:mine-large", "minute", 2) == 20_000
    assert own.of_use("aws:textract", "page", 7) == 0
    assert own.of_use("openai:other", "minute", 2) is None
    assert own.of_use("openai:whisper-1", "page", 2) is None, "it is not charged by the page"
    assert own.knows("openai:mine-large")


@pytest.mark.parametrize("text", ["a=1/hour", "a=/minute", "a=-1/page", "a=nan/page", "=1/page"])
def test_a_price_that_is_none_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match="minute"):
        read_prices(text)
