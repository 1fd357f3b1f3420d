"""The words by which people ask for a file (data/words.toml, which says what each is)."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_READ = tomllib.loads((files(__package__) / "data" / "words.toml").read_text(encoding="utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(str(_READ["words"][name]).split())


#: What businesses send, by each word for it.
THING_OF: dict[str, str] = {
    word: thing for thing, listed in _READ["things"].items() for word in listed.split()
}
FORMS = _words("forms")
SENDING = _words("sending")
HAVING = _words("having")
ASKING = _words("asking")
DENYING = _words("denying")
OWNING = _words("owning")
THANKING = _words("thanking")
FILLING = _words("filling")
#: What does not say which file is meant.
NAMELESS = frozenset(THING_OF) | FORMS | SENDING | HAVING | ASKING | DENYING | THANKING | FILLING
