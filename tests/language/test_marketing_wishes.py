"""Who wants no more marketing says so in many ways; who asks something else is not taken for it."""

from __future__ import annotations

import unicodedata

import pytest

from recado.language.intent import marketing_wish

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
STOP += [
    *("parem de me mandar mensagem", "quiero que me saquen de la lista", "No quiero mas mensajes"),
    *("sáquenme de su lista de envíos", "bórrenme de sus contactos", "no más spam"),
    *("no quiero que me escriban más", "no me interesa recibir promos", "dejen de spamearme"),
    *("dejen de enviar publicidad", "quítame de tu lista de difusión", "no me vuelvan a escribir"),
    *("no deseo seguir recibiendo sus mensajes", "ya no quiero que me manden nada"),
    *("paren de mandarme cosas", "me quiero dar de baja", "basta de mensajes"),
    *("eliminen mi número de su base de datos", "no autorizo que me manden publicidad"),
    *("no molesten más", "déjenme de mandar promociones", "me pueden sacar de la lista"),
    *("por favor, borren mi número", "Hola, no me escriban más, gracias", "ya no me contacten"),
    *("não quero mais receber nada de vocês", "quero sair da lista de transmissão"),
    *("não me mandem mais nada", "tira meu número da lista", "parem com as mensagens"),
    *("chega de mensagem", "não quero mais mensagem", "para de mandar propaganda"),
    *("quero cancelar o recebimento de mensagens", "gostaria de não receber mais mensagens"),
    *("não tenho interesse em receber promoções", "exclua meu número", "não envie mais mensagens"),
    *("quero que me tirem da lista", "me descadastra por favor", "quero me descadastrar"),
    *("podem me tirar da lista", "remove meu contato da lista", "para de me encher o saco"),
    *("stop messaging me", "please take my number off your list", "don't text me again"),
    *("don't message me anymore", "I don't want these messages", "stop spamming me"),
    *("opt me out", "get me off this list", "delete my number", "stop with the ads"),
    *("I'm not interested in your promotions", "please remove my number from your list"),
    *("unsubscribe from all", "do not contact me again", "never text me again", "stop the spam"),
    *("can you take me off your list", "enough with the messages", "I want off this list"),
    *("I'd like to stop receiving these messages", "please don't send me any more promos"),
    *("not interested in your offers", "no quiero avisos de promociones, sáquenme de la lista"),
]
STOP += [
    *("quisiera darme de baja de la lista de difusión", "quiero que borren mi numero"),
    *("me dan de baja por favor", "denme de baja de su lista", "podrían quitarme de la lista"),
    *("não quero receber isso", "cancela minha inscrição", "no more texts please"),
    *("no me interesan sus promociones", "tirem meu número da base", "please stop the messages"),
]
#: Put together anew from the same words.
STOP += [
    *(
        "Sair da lista",
        "ya no deseo recibir información de ustedes",
        "n quero mais receber msg de vcs",
    ),
    *(
        "no mas publicidad x favor",
        "no + publicidad",
        "¿me pueden sacar de su lista de difusión por favor?",
    ),
    *(
        "Podem me tirar dessa lista?",
        "could you please remove me from your mailing list?",
        "Les pido que no me sigan enviando mensajes promocionales",
    ),
    *(
        "por favor eliminen mi número de su base de datos, no autoricé recibir publicidad",
        "Solicito la baja de mi número",
        "quiero que dejen de enviarme cosas",
    ),
    *(
        "ya paren con tanta promoción",
        "nunca pedí recibir sus promos",
        "jamás acepté recibir este tipo de mensajes",
    ),
    *(
        "No deseo que me sigan escribiendo",
        "dejen de molestar con sus ofertas",
        "no quiero seguir en su lista de difusión",
    ),
    *(
        "quiero salir de esta lista",
        "me quiero salir del grupo de difusión",
        "Não desejo mais receber esse tipo de mensagem",
    ),
    *(
        "pfv me removam da lista de transmissão",
        "não autorizo o envio de propaganda",
        "Parem de enviar propaganda pelo amor de deus",
    ),
    *(
        "quero parar de receber promoções pelo whatsapp",
        "retirem meu contato do cadastro",
        "i never signed up for this, stop texting",
    ),
    *(
        "please stop sending promotional messages to this number",
        "I no longer wish to receive these messages",
        "take my number off your list please",
    ),
    *("i dont want any more of your ads", "stop all messages", "pls unsub"),
    *(
        "remove my number asap",
        "leave me alone, stop the promos",
        "no me interesa recibir más info",
    ),
    *(
        "no quiero más promociones en mi celular",
        "Desuscríbanme de todo",
        "cancelen mi suscripción a las ofertas",
    ),
]
STOP += [
    *("No recibir más", "Parar de receber", "Stop receiving", "Bloquear promoções", "STOP STOP"),
    *("¿Cómo hago para no recibir más mensajes?", "how do I unsubscribe?", "Remove me from this"),
    *("Não me perturbe mais com isso", "I never want to hear from you again"),
    *("no autorizo el uso de mis datos para publicidad", "No, no me manden más publicidad"),
]
RESUME = [
    *("quiero promociones otra vez", "voltar a receber", "mándenme promociones de nuevo"),
    *("ya pueden mandarme promociones otra vez", "podem voltar a mandar as promoções"),
    *("you can send me promos again", "sí, vuelvan a enviarme sus ofertas"),
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
    *("no quiero más salsa", "não quero", "não quero mais", "não quero mais nada", "no me manden"),
    *("no me manden la factura", "no me manden más pan", "quiero que me saquen una mesa"),
    *("sáquenme de la lista de espera", "borren mi pedido", "no quiero que me manden el pedido"),
    *("quero que tirem o queijo", "delete my order", "I don't want these shoes", "no more onions"),
    *("chega de pimenta", "no quiero recibir el pedido mañana", "no quiero nada más"),
    *(
        "stop the order",
        "remove the onions",
        "para de chover",
        "parem de gritar",
        "no quiero la promo",
    ),
    *(
        "não me mande a nota",
        "tira a cebola",
        "dejen de cobrarme",
        "no me escriban en la torta nada",
    ),
    *("quiero que me quiten el tomate", "take the cheese off", "don't send me the receipt"),
    *(
        "do not call me",
        "no molesta",
        "já não quero o bolo",
        "mande mensagem",
        "me mandem mensagem",
    ),
    *("pueden mandarme la lista", "quiero la lista", "borra eso", "para mañana de mandar"),
    *("quiero que saquen el pedido de la lista", "dame de baja el pedido", "no quiero el pedido"),
    *("me pueden sacar una duda", "cancela meu pedido", "não quero receber o bolo hoje"),
    *(
        "no quiero promociones hoy, quiero pan",
        "¿qué promociones hay?",
        "no me llegan las promociones",
    ),
    *("quiero que me manden información", "no recibí la información"),
    *(
        "no me mandes nada todavía",
        "no me envíen la factura por correo",
        "borren mi dirección anterior",
    ),
    *("saquen mi nombre de la reserva", "quiero sacar mi pedido", "no puedo salir"),
    *("para mi número de teléfono", "envíen el catálogo por favor", "me pueden enviar la lista?"),
    *(
        "¿me pueden quitar la cebolla?",
        "puedes borrar mi número de pedido?",
        "no necesito más información, gracias",
    ),
    *("ya no necesito la información", "no quiero más, gracias", "no, gracias"),
    *(
        "no quiero nada",
        "no quiero que me envíen el recibo",
        "quiero otra promoción",
        "me pueden mandar la promo otra vez",
    ),
    *("não recebi nada", "não recebi a mensagem", "me manda a lista"),
    *("para mim mais nada", "can you send me more information?", "i don't need more info, thanks"),
    *("i never received the message", "no more please", "stop it"),
    *(
        "remove my number from the order",
        "i want to get the newsletter",
        "i dont get any messages from you",
    ),
    *("i never got your text", "send me the list again", "no me llega ningún mensaje"),
    *("no recibo mensajes", "nunca recibo sus mensajes", "never received any messages"),
    *("não recebo mensagens", "eu nunca recebo as promoções"),
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
