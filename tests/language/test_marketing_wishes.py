"""Who wants no more marketing says so in many ways; who asks something else is not taken for it."""

from __future__ import annotations

import unicodedata

import pytest

from recado.language.marketing import marketing_wish

STOP = [
    *("stop sending me this", "please stop texting me this stuff", "quit messaging me now"),
    *("STOP", "stop.", "Stop!", "Baja", "BAJA", "baja 🙏", "SAIR", "sair por favor", "PARAR"),
    *("CANCELAR SUSCRIPCIÓN", "cancelar suscripcion", "Unsubscribe", "unsubscribe please"),
    *("no quiero más mensajes", "No quiero mas mensajes!!", "ya no quiero recibir promociones"),
    *("deja de escribirme", "dejen de mandarme promociones", "não quero mais receber mensagens"),
    *("nao quero mais receber", "Não quero receber mais promoções de vocês", "Stop promotions"),
    *("Detener promociones", "Parar promoções", "stop sending me messages", "remove me"),
    *("I don't want to receive any more messages", "Hola, no quiero más publicidad, gracias"),
    *("Quiero darme de baja", "parem de me mandar mensagens", "stop marketing messages"),
    *("No me manden más mensajes", "quiero dejar de recibir promociones", "me tirem da lista"),
    *("unsubscribe me from your list", "Opt out", "opt-out"),
]
RESUME = [
    *("quiero promociones otra vez", "voltar a receber", "mándenme promociones de nuevo"),
    *("START", "alta", "VOLTAR", "quiero recibir promociones otra vez", "unstop"),
    *("quero receber promoções de novo", "I want to receive promotions again"),
]
OTHER = [
    *("¿cómo cancelo mi pedido?", "stop by tomorrow?", "¿a qué hora hay baja mar?"),
    *("quiero dar de baja mi pedido", "can you stop by tomorrow", "hola", "", "no", "gracias"),
    *("a baja temperatura", "cancelar", "cancelar pedido", "quero cancelar meu pedido"),
    *("no quiero más pan", "no quiero cancelar mi suscripción?", "el bus stop", "quiero sair cedo"),
    *("para parar el pedido qué hago", "no me llegó el mensaje", "start at 9", "alta calidad"),
    *("the bus stop is far", "não quero mais bolo", "deja de fumar", "promociones"),
    *("¿tienen promociones?", "quiero recibir mi pedido otra vez", "STOP " * 60),
]


@pytest.mark.parametrize("said", STOP)
def test_no_more_marketing(said: str) -> None:
    for form in ("NFC", "NFD"):
        found = marketing_wish(unicodedata.normalize(form, said))
        assert found is not None
        assert found.wish == "stopped"


@pytest.mark.parametrize("said", RESUME)
def test_marketing_again(said: str) -> None:
    found = marketing_wish(said)
    assert found is not None
    assert found.wish == "resumed"


@pytest.mark.parametrize("said", OTHER)
def test_something_else(said: str) -> None:
    assert marketing_wish(said) is None
