"""`recado users`: the team, their sign-in links, and tokens for programs."""

from __future__ import annotations

from typing import Annotated

import typer

from recado.app.commands import terminal

app = typer.Typer(help="The team: add, list, sign-in links, API tokens.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]
LINK_HOURS = 24


@app.command("list")
def list_() -> None:
    """List the team."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.security.users import list_users

        async with terminal.opened(loaded) as runtime:
            users = await runtime.store.read(list_users)
        rows = [
            (it.email, it.name, it.role, "disabled" if it.disabled_at else "enabled")
            for it in users
        ]
        terminal.table(("e-mail", "name", "role", "state"), rows)

    terminal.run(work())


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="What the team calls them.")] = "",
    role: Annotated[str, typer.Option(help="admin, supervisor or agent.")] = "agent",
) -> None:
    """Add somebody to the team, and print a link that signs them in once."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.security.sessions import add_sign_in_link
        from recado.security.users import add_user
        from recado.store import Tx

        def write(tx: Tx) -> str:
            user_id = add_user(tx, email=email, name=name or email.split("@")[0], role=role)
            return add_sign_in_link(tx, user_id, LINK_HOURS * 3600)

        async with terminal.opened(loaded) as runtime:
            token = await runtime.store.write(write)
        typer.echo(f"Added {email} ({role}). This link signs in once, within {LINK_HOURS} h:")
        typer.echo(f"{terminal.desk_address(loaded)}/signin/{token}")

    terminal.run(work())


@app.command()
def link(email: Email) -> None:
    """Print a link that signs the user in once."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        from recado.errors import NotFound
        from recado.security.sessions import add_sign_in_link
        from recado.security.users import clean_email, find_by_email
        from recado.store import Tx

        def write(tx: Tx) -> str:
            user = find_by_email(tx, clean_email(email))
            if user is None:
                raise NotFound(f"There is no user {email}. `recado users list` shows the team.")
            return add_sign_in_link(tx, user.id, LINK_HOURS * 3600)

        async with terminal.opened(loaded) as runtime:
            token = await runtime.store.write(write)
        typer.echo(f"{terminal.desk_address(loaded)}/signin/{token}")

    terminal.run(work())


@app.command()
def token(
    name: Annotated[
        str, typer.Argument(help="A user's e-mail address, or a program's name such as `crm`.")
    ],
) -> None:
    """Make a token for the admin API, for a user or a program. It is shown once; only its hash is
    kept."""
    loaded = terminal.quiet_settings()

    async def work() -> None:
        import secrets

        from sqlalchemy import insert

        from recado.errors import NotFound
        from recado.security.audit import record
        from recado.security.model import ApiToken
        from recado.security.sessions import hash_token
        from recado.security.users import clean_email, find_by_email
        from recado.store import Tx, now

        made = f"recado_{secrets.token_urlsafe(32)}"

        def write(tx: Tx) -> None:
            user_id = None
            if "@" in name:
                row = find_by_email(tx, clean_email(name))
                if row is None:
                    raise NotFound(f"There is no user {name}. `recado users list` shows the team.")
                user_id = row.id
            tx.execute(
                insert(ApiToken),
                {
                    "token_hash": hash_token(made),
                    "name": name,
                    "user_id": user_id,
                    "created_at": now(),
                    "last_used_at": None,
                    "revoked_at": None,
                },
            )
            record(tx, "cli", "api_token.created", name)

        async with terminal.opened(loaded) as runtime:
            await runtime.store.write(write)
        typer.echo(made)
        typer.echo("Shown this once. Use it as `Authorization: Bearer …`.", err=True)

    terminal.run(work())
