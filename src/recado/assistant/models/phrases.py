"""What the embedded model says in its own words: several ways for each, in three languages."""

from __future__ import annotations

from zlib import crc32

from recado.assistant.port import Persona, Question

Texts = dict[str, tuple[str, ...]]

GREETING: Texts = {
    "es": (
        "¡Hola{name}! 👋 Soy {me}. ¿En qué te ayudo?",
        "¡Hola{name}! Soy {me}, ¿qué necesitas?",
        "¡Qué bueno leerte{name}! Soy {me}. Cuéntame, ¿en qué te ayudo?",
    ),
    "pt": (
        "Olá{name}! 👋 Aqui é {me}. Como posso ajudar?",
        "Oi{name}! Aqui é {me}, do que você precisa?",
        "Que bom receber sua mensagem{name}! Aqui é {me}. Em que posso ajudar?",
    ),
    "en": (
        "Hi{name}! 👋 I'm {me}. How can I help you?",
        "Hello{name}! I'm {me}. What do you need?",
        "Good to hear from you{name}! I'm {me}. What can I do for you?",
    ),
}
GREETING_AGAIN: Texts = {
    "es": ("¡Hola de nuevo{name}! ¿En qué más te ayudo?", "¡Aquí sigo{name}! Dime."),
    "pt": ("Olá de novo{name}! Em que mais posso ajudar?", "Continuo por aqui{name}! Diga."),
    "en": ("Hi again{name}! What else can I do for you?", "Still here{name}! Go ahead."),
}
GREETING_BEFORE_ANSWER: Texts = {
    "es": ("¡Hola{name}!", "¡Hola{name}! 👋", "¡Buenas{name}!"),
    "pt": ("Olá{name}!", "Oi{name}! 👋", "Olá{name}, tudo bem?"),
    "en": ("Hi{name}!", "Hello{name}! 👋", "Hi there{name}!"),
}
TOPICS: Texts = {
    "es": ("Puedo ayudarte, por ejemplo, con {topics}.", "Pregúntame, por ejemplo, por {topics}."),
    "pt": ("Posso ajudar, por exemplo, com {topics}.", "Pergunte, por exemplo, sobre {topics}."),
    "en": (
        "I can help, for example, with {topics}.",
        "You can ask me, for example, about {topics}.",
    ),
}
THANKS: Texts = {
    "es": (
        "¡De nada{name}! 😊",
        "¡A ti{name}! Aquí estoy si necesitas algo más.",
        "¡Un placer{name}!",
    ),
    "pt": ("De nada{name}! 😊", "Eu que agradeço{name}! Estou aqui se precisar.", "Imagina{name}!"),
    "en": (
        "You're welcome{name}! 😊",
        "My pleasure{name}! I'm here if you need anything else.",
        "Any time{name}!",
    ),
}
GOODBYE: Texts = {
    "es": ("¡Hasta pronto{name}! 👋", "¡Que tengas un buen día{name}!", "¡Nos vemos{name}!"),
    "pt": ("Até logo{name}! 👋", "Tenha um ótimo dia{name}!", "Até mais{name}!"),
    "en": ("Goodbye{name}! 👋", "Have a great day{name}!", "See you soon{name}!"),
}
IDENTITY: Texts = {
    "es": (
        (
            "Soy {me}{role}: un programa, no una persona. Respondo con la"
            " información del negocio, y si prefieres hablar con alguien del equipo,"
            " dímelo y te paso."
        ),
    ),
    "pt": (
        (
            "Aqui é {me}{role}: um programa, não uma pessoa. Respondo com as"
            " informações da empresa, e se preferir falar com alguém da equipe, é só dizer."
        ),
    ),
    "en": (
        (
            "I'm {me}{role}: a program, not a person. I answer from what the"
            " business has taught me, and if you'd rather talk to someone from the team,"
            " just say so."
        ),
    ),
}
#: What it is, after a name that does not say so.
ROLE = {
    "es": ", un asistente virtual",
    "pt": ", um assistente virtual",
    "en": ", a virtual assistant",
}
HELP: Texts = {
    "es": ("¡Claro{name}! ¿Qué necesitas saber?", "Con gusto{name}. ¿Qué quieres saber?"),
    "pt": ("Claro{name}! O que você precisa saber?", "Com prazer{name}. O que você quer saber?"),
    "en": ("Of course{name}! What would you like to know?", "Happy to help{name}. What is it?"),
}
AGREED: Texts = {
    "es": ("¡Perfecto! Si necesitas algo más, aquí estoy.", "¡Listo! ¿Algo más?"),
    "pt": ("Perfeito! Se precisar de mais alguma coisa, estou aqui.", "Combinado! Algo mais?"),
    "en": ("Great! I'm here if you need anything else.", "Perfect! Anything else?"),
}
DECLINED: Texts = {
    "es": ("De acuerdo. Si cambias de idea, aquí estoy.", "Está bien. Quedo por aquí."),
    "pt": ("Tudo bem. Se mudar de ideia, estou aqui.", "Certo. Fico por aqui."),
    "en": ("All right. I'm here if you change your mind.", "Okay. I'll be around."),
}
PERSON: Texts = {
    "es": (
        "Claro{name}, te paso con una persona de nuestro equipo. En breve te responde por aquí.",
        "Por supuesto{name}. Aviso a una persona del equipo para que siga contigo por aquí.",
    ),
    "pt": (
        "Claro{name}, vou passar você para uma pessoa da equipe. Em breve ela responde por aqui.",
        "Com certeza{name}. Vou avisar uma pessoa da equipe para continuar com você por aqui.",
    ),
    "en": (
        "Of course{name}, I'm passing you on to a person from our team. They'll answer you here.",
        "Sure{name}. I'm letting someone from the team know, and they'll take over right here.",
    ),
}
UNKNOWN: Texts = {
    "es": (
        "No tengo esa información y prefiero no inventarla.",
        "Eso no lo sé, y no quiero darte un dato equivocado.",
        "Sobre eso no tengo información.",
    ),
    "pt": (
        "Não tenho essa informação e prefiro não inventar.",
        "Isso eu não sei, e não quero passar um dado errado.",
        "Sobre isso não tenho informação.",
    ),
    "en": (
        "I don't have that information, and I'd rather not make it up.",
        "I don't know that, and I don't want to tell you something wrong.",
        "I have no information about that.",
    ),
}
PARTLY_UNKNOWN: Texts = {
    "es": ("Sobre «{question}» no tengo información; si quieres, te paso con una persona.",),
    "pt": ("Sobre “{question}” não tenho informação; se quiser, passo você para uma pessoa.",),
    "en": ("I have nothing on “{question}”; if you like, I can pass you on to a person.",),
}
OFFER: Texts = {
    "es": (
        "Si quieres, te paso con una persona del equipo.",
        "¿Prefieres que te atienda una persona del equipo?",
    ),
    "pt": (
        "Se quiser, passo você para uma pessoa da equipe.",
        "Prefere falar com uma pessoa da equipe?",
    ),
    "en": (
        "If you like, I can pass you on to a person from the team.",
        "Would you rather talk to a person from the team?",
    ),
}
SAID_ABOVE: Texts = {
    "es": ("Eso es lo que te acabo de escribir, y no tengo nada más al respecto.",),
    "pt": ("É o que acabei de escrever, e não tenho mais nada sobre isso.",),
    "en": ("That is what I just wrote above, and I have nothing more on it.",),
}
SORRY: Texts = {
    "es": ("Lamento mucho lo ocurrido{name}.", "Siento mucho que haya pasado esto{name}."),
    "pt": ("Sinto muito pelo que aconteceu{name}.", "Lamento muito por isso{name}."),
    "en": ("I'm very sorry about that{name}.", "I'm sorry this happened{name}."),
}
HERE_IS_A_LIST: Texts = {
    "es": ("Te paso la lista:", "Esto es lo que tenemos:", "Aquí va:"),
    "pt": ("Segue a lista:", "É isto que temos:", "Aqui vai:"),
    "en": ("Here is the list:", "This is what we have:", "Here you go:"),
}
FOREIGN: dict[str, dict[str, str]] = {
    "es": {"pt": "Solo lo tengo en portugués:", "en": "Solo lo tengo en inglés:"},
    "pt": {"es": "Só tenho isso em espanhol:", "en": "Só tenho isso em inglês:"},
    "en": {"es": "I only have this in Spanish:", "pt": "I only have this in Portuguese:"},
}
WORDLESS: Texts = {
    "es": ("🙂 ¿En qué te ayudo?", "¡Aquí estoy! ¿Qué necesitas?"),
    "pt": ("🙂 Como posso ajudar?", "Estou aqui! Do que você precisa?"),
    "en": ("🙂 How can I help?", "I'm here! What do you need?"),
}
AND = {"es": " y ", "pt": " e ", "en": " and "}


def _inside(topic: str) -> str:
    """A heading as it stands in a sentence."""
    return topic.lower() if topic.isupper() else topic[:1].lower() + topic[1:]


class Voice:
    """Says things in one language. What it picks depends on the contact and on how far the
    conversation has come: the same for a retried turn, another way the next time."""

    def __init__(
        self,
        language: str,
        *,
        me: str,
        contact_name: str,
        turn: int,
        said: str = "",
        heard: str = "",
    ) -> None:
        """`said` is its last reply: what is in it is not said again, where there is a choice.
        `heard` is what that replied to."""
        self.language = language if language in AND else "en"
        first = contact_name.split(maxsplit=1)[0] if contact_name.strip() else ""
        # What WhatsApp calls a name may be a number, an emoji or a company's slogan.
        self._name = f", {first}" if first.isalpha() and len(first) <= 20 else ""
        self._me = me
        what = ROLE[self.language].rpartition(" ")[2]
        self._role = "" if what in me.casefold() else ROLE[self.language]
        self.said, self.heard = said, heard
        self._seed = crc32(contact_name.encode()) + turn

    def say(self, texts: Texts, **values: str) -> str:
        variants = texts[self.language]
        for offset in range(len(variants)):
            chosen = variants[(self._seed + offset) % len(variants)]
            spoken = chosen.format(name=self._name, me=self._me, role=self._role, **values)
            if spoken not in self.said:
                return spoken
        return spoken

    def foreign(self, language: str) -> str:
        """The note before a quote in another language."""
        return FOREIGN[self.language].get(language, "")

    def enumerate(self, topics: list[str]) -> str:
        """The topics as a part of a sentence: "opening hours, location and prices".

        A heading that is a question stays as it was written, in quotes.
        """
        shown = [f"“{topic}”" if topic.endswith("?") else _inside(topic) for topic in topics]
        joint = AND[self.language]
        # "menu and prices and allergens and diets" would be hard to read.
        if len(shown) < 2 or any(joint in topic for topic in shown):
            return ", ".join(shown)
        return ", ".join(shown[:-1]) + joint + shown[-1]


ASSISTANT = {
    "es": ("el asistente virtual", "el asistente virtual de {business}"),
    "pt": ("o assistente virtual", "o assistente virtual de {business}"),
    "en": ("the virtual assistant", "the virtual assistant of {business}"),
}


def name_of(persona: Persona, language: str) -> str:
    """How the assistant calls itself: its name or, without one, what it is."""
    if not persona.neutral:
        return persona.name
    alone, of_business = ASSISTANT.get(language, ASSISTANT["en"])
    return of_business.format(business=persona.business) if persona.business else alone


def voice_for(question: Question) -> Voice:
    """The voice that answers a question, in its language."""
    replies = [message.content for message in question.history if message.role == "assistant"]
    return Voice(
        question.language,
        me=name_of(question.persona, question.language),
        contact_name=question.contact_name,
        turn=len(replies),
        said=replies[-1] if replies else "",
        heard=next((m.content for m in reversed(question.history) if m.role == "user"), ""),
    )
