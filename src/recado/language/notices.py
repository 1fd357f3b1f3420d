"""What Recado itself says to a contact, in the contact's language."""

from __future__ import annotations

_NOTICES: dict[str, dict[str, str]] = {
    "handed_over": {
        "es": "Te estoy pasando con una persona de nuestro equipo. En breve te responde por aquí.",
        "pt": "Estou passando você para uma pessoa da nossa equipe. Em breve ela responde aqui.",
        "en": "I'm passing you on to a person from our team. They'll answer you here shortly.",
    },
    "waiting_next": {
        "es": "Tu mensaje queda aquí para la persona que te va a atender. Eres la siguiente"
        " conversación en la fila.",
        "pt": "Sua mensagem fica aqui para a pessoa que vai atender você. Sua conversa é a próxima"
        " da fila.",
        "en": "Your message is here for the person who will answer you. You are next in line.",
    },
    "waiting_one": {
        "es": "Tu mensaje queda aquí para la persona que te va a atender. Hay una conversación"
        " antes que la tuya.",
        "pt": "Sua mensagem fica aqui para a pessoa que vai atender você. Há uma conversa antes da"
        " sua.",
        "en": "Your message is here for the person who will answer you. There is one conversation"
        " before yours.",
    },
    "waiting": {
        "es": "Tu mensaje queda aquí para la persona que te va a atender. Hay {before}"
        " conversaciones antes que la tuya.",
        "pt": "Sua mensagem fica aqui para a pessoa que vai atender você. Há {before} conversas"
        " antes da sua.",
        "en": "Your message is here for the person who will answer you. There are {before}"
        " conversations before yours.",
    },
    "cannot_see": {
        "es": "Recibí {what}, pero todavía no puedo verlo ni escucharlo. ¿Me lo cuentas por"
        " escrito? Si prefieres, te paso con una persona.",
        "pt": "Recebi {what}, mas ainda não consigo ver nem ouvir. Pode me contar por escrito?"
        " Se preferir, passo você para uma pessoa.",
        "en": "I got {what}, but I can't look at or listen to it yet. Could you tell me in words?"
        " If you prefer, I can pass you on to a person.",
    },
    "cannot_read": {
        "es": "Recibí un mensaje que no puedo leer. ¿Me lo escribes como texto?",
        "pt": "Recebi uma mensagem que não consigo ler. Pode escrever como texto?",
        "en": "I received a message that I cannot read. Could you write it as text?",
    },
    "got": {
        "es": "Recibí {what}, gracias.",
        "pt": "Recebi {what}, obrigado.",
        "en": "I got {what}, thank you.",
    },
    "noted": {
        "es": "Recibí {what}, gracias. Si necesitas algo más, dime.",
        "pt": "Recebi {what}, obrigado. Se precisar de mais alguma coisa, é só dizer.",
        "en": "I got {what}, thank you. If you need anything else, just tell me.",
    },
    "marketing_stopped": {
        "es": "Listo: no te enviaremos más promociones. Si cambias de idea, escribe ALTA.",
        "pt": "Pronto: não enviaremos mais promoções. Se mudar de ideia, escreva VOLTAR.",
        "en": "Done: we won't send you any more promotions. To get them again, write START.",
    },
    "marketing_resumed": {
        "es": "Listo: volverás a recibir nuestras promociones. Para dejarlas, escribe BAJA.",
        "pt": "Pronto: você voltará a receber nossas promoções. Para parar, escreva SAIR.",
        "en": "Done: you'll get our promotions again. To stop them, write STOP.",
    },
    "received": {
        "es": "Recibí {what}, gracias. ¿Qué necesitas con eso? Si prefieres, te paso con una"
        " persona.",
        "pt": "Recebi {what}, obrigado. Como posso ajudar com isso? Se preferir, passo você para"
        " uma pessoa.",
        "en": "I got {what}, thank you. What would you like me to do with it? If you prefer, I can"
        " pass you on to a person.",
    },
}

_NAMES: dict[str, dict[str, str]] = {
    "image": {"es": "tu foto", "pt": "sua foto", "en": "your photo"},
    "video": {"es": "tu video", "pt": "seu vídeo", "en": "your video"},
    "audio": {"es": "tu audio", "pt": "seu áudio", "en": "your voice message"},
    "document": {"es": "tu documento", "pt": "seu documento", "en": "your document"},
    "location": {"es": "tu ubicación", "pt": "sua localização", "en": "your location"},
    "contacts": {"es": "el contacto", "pt": "o contato", "en": "the contact card"},
    "form": {"es": "tu formulario", "pt": "seu formulário", "en": "your form"},
    "address": {"es": "tu dirección", "pt": "seu endereço", "en": "your address"},
    "payment": {"es": "tu pago", "pt": "seu pagamento", "en": "your payment"},
    "order": {"es": "tu pedido", "pt": "seu pedido", "en": "your order"},
    "poll": {"es": "tu encuesta", "pt": "sua enquete", "en": "your poll"},
    "event": {"es": "tu evento", "pt": "seu evento", "en": "your event"},
    "invitation": {"es": "tu invitación", "pt": "seu convite", "en": "your invitation"},
    "product": {"es": "el producto", "pt": "o produto", "en": "the product"},
    "message": {"es": "tu mensaje", "pt": "sua mensagem", "en": "your message"},
    "interactive": {"es": "tu respuesta", "pt": "sua resposta", "en": "your reply"},
}

#: Types whose content is there, only not understood by itself.
_UNDERSTANDABLE = {"location", "contacts", "order", "interactive"}


def notice(name: str, language: str, **values: str) -> str:
    """The notice `name` in `language` (es, pt, en; anything else gets English)."""
    texts = _NOTICES[name]
    return texts.get(language, texts["en"]).format(**values)


def receipt(what: str, language: str) -> str:
    """What was given (conversations/asked.py, or a type) has come, and nothing more is needed."""
    return notice("noted", language, what=name_of(what, language))


def name_of(what: str, language: str) -> str:
    """What a contact has sent, in words: "your order"."""
    names = _NAMES[what]
    return names.get(language, names["en"])


def notice_for_type(type: str, language: str) -> str:
    """An honest reply to a message without words: a photo, a pin, something unknown."""
    names = _NAMES.get(type)
    if names is None:
        return notice("cannot_read", language)
    name = "received" if type in _UNDERSTANDABLE else "cannot_see"
    return notice(name, language, what=names.get(language, names["en"]))
