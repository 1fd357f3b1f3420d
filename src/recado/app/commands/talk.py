"""`recado chat` and `recado send`: speaking with, and through, Recado from a terminal."""

from __future__ import annotations

import asyncio
import getpass
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recado.app.commands import terminal

if TYPE_CHECKING:
    from recado.channels.port import Line
    from recado.runtime import Runtime

#: How long an answer, or a provider, may take before the command gives up waiting.
ANSWER_SECONDS = 120.0
POLL_SECONDS = 0.1
#: How long a line that needs a person may take to show that it is mended.
TROUBLE_SECONDS = 3.0


def chat(
    person: Annotated[
        str, typer.Option("--as", help="Whom you play: each name is a contact of its own.")
    ] = "",
    data: terminal.DataOption = None,
) -> None:
    """Talk with the assistant, as a customer would. Works with piped lines, too."""
    # One writes a line at a time here: nothing is gained by waiting for more.
    loaded = terminal.quiet_settings(data, RECADO_QUIET_SECONDS=0)

    async def work() -> None:
        from recado.app.server import running
        from recado.app.services import SERVICES

        name = person or getpass.getuser()
        services = list(SERVICES)
        async with terminal.opened(loaded, services) as runtime, running(runtime, services):
            await _Chat(runtime, name).run()

    terminal.run(work())


def send(
    line: Annotated[str, typer.Argument(help="The line's name, address or id (`lines list`).")],
    to: Annotated[str, typer.Argument(help="Phone number with country code, or another identity.")],
    text: Annotated[str, typer.Argument(help="What to say.")],
) -> None:
    """Send a message to somebody, and wait until the provider has taken it."""
    loaded = terminal.quiet_settings()

    async def work() -> str:
        from recado.app.server import running

        async with terminal.opened(loaded, ["sending"]) as runtime:
            chosen = await line_named(runtime, line)
            message_id = await _queue(runtime, chosen, to, text)
            async with running(runtime, ["sending"]):
                return await _outcome(runtime, message_id)

    typer.echo(terminal.run(work()))


class _Chat:
    """One contact's side of a conversation on the web line."""

    def __init__(self, runtime: Runtime, person: str) -> None:
        self._runtime = runtime
        self._person = person
        self._conversation_id = ""
        self._shown = 0

    async def run(self) -> None:
        tty = sys.stdin.isatty()
        await self._find_conversation()
        if tty:
            typer.echo(terminal.dim("Write as a customer would. An empty line or Ctrl+D ends."))
        while (said := await asyncio.to_thread(_read_line, tty)) is not None:
            position = await self._say(said)
            await self._wait_for_answer(position)
            if not tty:
                sys.stdout.flush()

    async def _say(self, said: str) -> int:
        """Publish the line as a webhook's message would be; returns its position."""
        from sqlalchemy import select

        from recado.channels.messages import Identity, InboundMessage, Sender
        from recado.conversations.model import Message
        from recado.http.edge import new_trace_id
        from recado.jobs import INBOUND
        from recado.store import new_id, now

        item = InboundMessage(
            channel="web",
            line_address="simulator",
            provider_message_id=f"web.{new_id()}",
            sender=Sender((Identity("provider", f"terminal-{self._person}"),), self._person),
            type="text",
            text=said,
            sent_at=now(),
        )
        await self._runtime.queue.publish([INBOUND.job(item.lane, item, trace_id=new_trace_id())])
        taken_in = select(Message.position, Message.conversation_id).where(
            Message.provider_message_id == item.provider_message_id
        )
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                row = await self._runtime.store.read(lambda tx: tx.first(taken_in))
                if row is not None:
                    self._conversation_id = row.conversation_id
                    return int(row.position)
                await asyncio.sleep(POLL_SECONDS / 4)

    async def _wait_for_answer(self, position: int) -> None:
        """Show what comes until the line is answered, or a person has the word."""
        from sqlalchemy import select

        from recado.conversations.model import Conversation

        state = select(Conversation.state, Conversation.answered_to).where(
            Conversation.id == self._conversation_id
        )
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            conversation = await self._runtime.store.read(lambda tx: tx.first(state))
            await self._show_new()
            if conversation is None or conversation.answered_to >= position:
                return
            if conversation.state in {"waiting", "human"}:
                typer.echo(terminal.dim("  (a person has the word: answer on the desk)"))
                return
            await asyncio.sleep(POLL_SECONDS)
        typer.echo("No answer yet. `recado dead-letters list` shows what failed.", err=True)

    async def _find_conversation(self) -> None:
        """Go on where this person left off, without showing the past again."""
        from sqlalchemy import func, select

        from recado.conversations.model import ContactIdentity, Conversation, Message

        mine = (
            select(Conversation.id, func.max(Message.position).label("shown"))
            .join(ContactIdentity, ContactIdentity.contact_id == Conversation.contact_id)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(
                ContactIdentity.kind == "provider",
                ContactIdentity.value == f"terminal-{self._person}",
            )
            .group_by(Conversation.id)
        )
        row = await self._runtime.store.read(lambda tx: tx.first(mine))
        if row is not None:
            self._conversation_id, self._shown = row.id, row.shown

    async def _show_new(self) -> None:
        from sqlalchemy import select

        from recado.assistant.model import Turn
        from recado.conversations.model import Message

        new = (
            select(
                Message.position,
                Message.author,
                Message.text,
                Message.type,
                Turn.confidence,
                Turn.sources,
                Turn.model,
            )
            .outerjoin(Turn, Turn.id == Message.turn_id)
            .where(
                Message.conversation_id == self._conversation_id,
                Message.position > self._shown,
                Message.direction == "outbound",
            )
            .order_by(Message.position)
        )
        for message in await self._runtime.store.read(lambda tx: tx.all(new)):
            self._shown = message.position
            typer.echo(message.text or f"[{message.type}]")
            for note in _notes(message):
                typer.echo(terminal.dim(f"  {note}"))


def _notes(message: Any) -> list[str]:
    """What stands behind an answer: how sure, by which model, from where."""
    if message.confidence is None:
        return [] if message.author == "assistant" else [f"({message.author})"]
    notes = [f"confidence {message.confidence:.2f} · {message.model}"]
    for source in message.sources or ():
        notes.append(f"{source['source_name']} › {source['heading']}")
    return notes


def _read_line(tty: bool) -> str | None:
    """The next line; None at the end. Blank piped lines are passed over."""
    while True:
        if tty:
            sys.stdout.write("> ")
            sys.stdout.flush()
        line = sys.stdin.readline()
        if not line or (tty and not line.strip()):
            return None
        if line.strip():
            return line.strip()


async def line_named(runtime: Runtime, name: str) -> Line:
    from recado.errors import NotFound
    from recado.language.reading import for_matching

    lines = await runtime.lines.all()
    wanted = for_matching(name)
    found = [it for it in lines if wanted in {it.id, *map(for_matching, (it.address, it.name))}]
    if not found:
        known = ", ".join(it.name for it in lines)
        raise NotFound(f"There is no line {name}. `recado lines list` shows them: {known}.")
    if len(found) > 1:
        raise NotFound(f"Several lines are called {name}: name its address or id.")
    return found[0]


async def _queue(runtime: Runtime, line: Line, to: str, text: str) -> str:
    """Queue the message in the person's conversation on the line; returns its id."""
    from recado.sending.begin import identity_of, say_to

    identity = identity_of(line, to)
    message = await runtime.store.write(
        lambda tx: say_to(tx, runtime, line, identity, text, actor="cli")
    )
    return str(message["id"])


async def _outcome(runtime: Runtime, message_id: str) -> str:
    """Wait until it is sent. Raises SendError with the provider's reason, ServiceUnavailable."""
    from sqlalchemy import select

    from recado.conversations.model import Message
    from recado.errors import SendError, SendUnknown, ServiceUnavailable
    from recado.lines.model import LineRow

    status = (
        select(
            Message.status,
            Message.error,
            Message.provider_message_id,
            Message.held,
            LineRow.state,
        )
        .join(LineRow, LineRow.id == Message.line_id)
        .where(Message.id == message_id)
    )
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ANSWER_SECONDS
    while loop.time() < deadline:
        row = await runtime.store.read(lambda tx: tx.first(status))
        if row is None or row.status == "failed":
            error = (row.error if row else None) or {}
            reason = ": ".join(filter(None, (error.get("title"), error.get("detail"))))
            raise SendError(f"Not sent. {reason}")
        if row.status == "unknown":
            raise SendUnknown(f"No one can tell yet whether message {message_id} went out.")
        if row.held:
            return f"Held: message {message_id} goes out when the contact writes again."
        if row.status != "queued":
            return f"Sent: message {message_id}, {row.provider_message_id} at the provider."
        trouble = (row.state or {}).get("trouble")
        if trouble and deadline - loop.time() < ANSWER_SECONDS - TROUBLE_SECONDS:
            raise SendError(f"Not sent yet; it stays queued. {trouble.get('advice', '')}")
        await asyncio.sleep(POLL_SECONDS)
    raise ServiceUnavailable(
        f"Message {message_id} still waits to be sent; it stays queued for a running Recado."
    )
