"""What somebody names, and does not say: a book's title, the print on a shirt, a sauce's brand."""

import re

_NAMED = (
    r"libros?|novelas?|pel[ií]culas?|pelis?|series?|canci[oó]n|tema|disco|[aá]lbum|obra|c[oó]mics?"
    r"|livros?|romance|filmes?|m[uú]sica|peça|s[eé]rie|books?|novels?|movies?|films?|songs?|album"
    r"|shows?|play|band|banda|grupo|podcast|juego|jogo|game"
)
_MADE = (
    r"salsas?|cervezas?|vinos?|mezcal|tequila|ron|pizzas?|hamburguesas?|camisetas?|remeras?|tazas?"
    r"|playeras?|poleras?|stickers?|calcoman[ií]as?|molhos?|cervejas?|vinhos?|cachaça|canecas?"
    r"|camisas?|adesivos?|sauces?|beers?|wines?|mugs?|t-?shirts?|shirts?|posters?|p[oó]steres"
    r"|tortas?|pastel|bolos?|cakes?|frases?|quotes?|lema|marca|brand"
)
_NAMES = (
    r"sr|sra|señora?|don|doña|dra?|doctora?|senhora?|dona|mr|mrs|ms|apellidos?|sobrenome|surname"
    r"|llamo|chamo|calle|avenida|av|rua|street|pueblo|ciudad|cidade|town|city|villa|vila|hotel"
)
WORKS = re.compile(rf"(?<!\w)(?:(?:{_NAMES})\.?|{_NAMED}|{_MADE})(?!\w)", re.IGNORECASE)
_QUOTED = re.compile(r'[^"«»“”\n.!?]{0,40}(?:"[^"\n]{1,80}"|«[^»\n]{1,80}»|“[^”\n]{1,80}”)')
_CALLED = (
    r"(?:\s+(?:que\s+)?(?:se\s+(?:llama|chama)|llamad[oa]|titulad[oa]|chamad[oa]|called|named|de"
    r"|del|es|é|is|:)|:)?"
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ]\w{0,30}"
_SMALL = r"de|del|la|el|los|las|sin|con|y|of|the|and|in|a|da|do|dos|das|e|o|os|as|sem|com|para|por"
# bounded: seven words of a title
_CAPITALS = re.compile(rf"{_CALLED}\s+{_CAPITAL}(?:\s+(?:{_CAPITAL}|{_SMALL})(?!\w)){{0,6}}")
_MOST = 5


def without_titles(text: str) -> str:
    """`text` with "…" for what it quotes, or writes with capitals, as the name of a work or a
    product."""
    parts: list[str] = []
    last = 0
    for named in list(WORKS.finditer(text))[:_MOST]:
        at = named.end()
        if at < last:
            continue
        title = _QUOTED.match(text, at) or (None if text.isupper() else _CAPITALS.match(text, at))
        if title is not None:
            parts += [text[last:at], " … "]
            last = title.end()
    return "".join([*parts, text[last:]])
