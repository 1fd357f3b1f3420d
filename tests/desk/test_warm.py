"""Nobody's first look waits for what can be made ready before."""

from __future__ import annotations

from recado.app.services import SERVICES
from recado.desk.render import build_environment, compile_pages, compile_pages_soon


def test_every_page_of_the_desk_is_compiled_beside_the_start() -> None:
    assert SERVICES["desk"].prepare == (compile_pages_soon,)
    compile_pages()
    kept = build_environment().cache
    assert kept is not None
    compiled = {name for _, name in kept}
    assert compiled >= set(build_environment().list_templates(extensions=["html"]))
    assert len(compiled) > 20
