"""The team: who belongs to it, with which role. Admins invite by a link."""

from __future__ import annotations

from starlette.responses import Response

from recado.desk.visit import Visit
from recado.errors import BadRequest, Forbidden
from recado.escalation.departments.availability import set_availability
from recado.jobs import routing_job
from recado.security.audit import record
from recado.security.sessions import add_sign_in_link
from recado.security.users import (
    ROLES,
    add_user,
    change_role,
    disable_user,
    enable_user,
    get_user,
    list_users,
)
from recado.store import Tx, now

#: An invitation lies in somebody's mailbox for a while.
INVITE_SECONDS = 3 * 86_400


async def show(visit: Visit) -> Response:
    """`GET /team`"""
    return await _page(visit)


async def _page(visit: Visit, *, link: str = "", invited: str = "") -> Response:
    users = await visit.runtime.store.read(list_users)
    return visit.render("team.html", users=users, roles=ROLES, link=link, invited=invited)


async def invite(visit: Visit) -> Response:
    """`POST /team`: a new user, and the link that lets them in, shown once."""
    email, name = await visit.field("email"), await visit.field("name")
    role, actor = await visit.field("role"), visit.user.actor

    def work(tx: Tx) -> str:
        user_id = add_user(tx, email=email, name=name, role=role)
        record(tx, actor, "user.invited", user_id, {"role": role})
        return add_sign_in_link(tx, user_id, INVITE_SECONDS)

    token = await visit.runtime.store.write(work)
    return await _page(visit, link=_address(visit, token), invited=name or email)


async def make_link(visit: Visit) -> Response:
    """`POST /team/{id}/link`: a new sign-in link for somebody who lost theirs."""
    user_id, actor = visit.request.path_params["id"], visit.user.actor

    def work(tx: Tx) -> tuple[str, str]:
        user = get_user(tx, user_id)
        record(tx, actor, "user.link_made", user_id)
        return add_sign_in_link(tx, user_id, INVITE_SECONDS), user.name

    token, name = await visit.runtime.store.write(work)
    return await _page(visit, link=_address(visit, token), invited=name)


async def change(visit: Visit) -> Response:
    """`POST /team/{id}`: the role, or `action` disable/enable."""
    user_id, session = visit.request.path_params["id"], visit.user
    action, role = await visit.field("action"), await visit.field("role")
    if user_id == session.user_id:
        raise Forbidden("Nobody changes their own role, or shuts themselves out.")
    if action not in {"role", "disable", "enable"}:
        raise BadRequest("`action` is role, disable or enable.")

    def work(tx: Tx) -> None:
        if action == "disable":
            disable_user(tx, user_id)
            set_availability(tx, user_id, "away")
            # Where they were away already, too: what they were offered is somebody else's turn.
            tx.publish(routing_job("away", user_id, now()))
        elif action == "enable":
            enable_user(tx, user_id)
        else:
            change_role(tx, user_id, role)
        record(tx, session.actor, f"user.{action}", user_id, {"role": role})

    await visit.runtime.store.write(work)
    return visit.done("/team", visit.say("Saved."))


def _address(visit: Visit, token: str) -> str:
    base = visit.runtime.settings.public_url or str(visit.request.base_url).rstrip("/")
    return f"{base}/signin/{token}?next=/profile"
