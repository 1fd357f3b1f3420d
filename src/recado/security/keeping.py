"""What signing in leaves behind."""

from __future__ import annotations

from recado.security.sessions import delete_expired
from recado.store.keeping import Keeping

KEEPING = Keeping(past_time={"expired sessions and sign-in links removed": delete_expired})
