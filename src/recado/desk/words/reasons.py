"""What is said in words of the program: states, categories, reasons, errors.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "Verify token": ("Token de verificación", "Token de verificação"),
    "The e-mail or the password is not right.": (
        "El correo o la contraseña no son correctos.",
        "O e-mail ou a senha não estão certos.",
    ),
    "This link was used already, or its time is over. Ask for a new one.": (
        "Este enlace ya se usó o venció. Pide uno nuevo.",
        "Este link já foi usado ou venceu. Peça um novo.",
    ),
    "Not found": ("No encontrado", "Não encontrado"),
    "Not allowed": ("No permitido", "Não permitido"),
    "There is nothing at this address. It may have been moved or mistyped.": (
        "No hay nada en esta dirección. Quizá cambió o está mal escrita.",
        "Não há nada neste endereço. Talvez tenha mudado ou esteja errado.",
    ),
    "Your role does not include this. Ask an admin of your team.": (
        "Tu rol no incluye esto. Pregunta a un admin de tu equipo.",
        "Sua função não inclui isto. Fale com um admin da equipe.",
    ),
    "admin": ("admin", "admin"),
    "supervisor": ("supervisor", "supervisor"),
    "agent": ("agente", "agente"),
    "open": ("abiertos", "abertas"),
    "replayed": ("reintentados", "repetidas"),
    "dropped": ("descartados", "descartadas"),
    "low": ("baja", "baixa"),
    "normal": ("normal", "normal"),
    "high": ("alta", "alta"),
    "urgent": ("urgente", "urgente"),
    "sales": ("ventas", "vendas"),
    "support": ("soporte", "suporte"),
    "billing": ("facturación", "cobrança"),
    "complaints": ("reclamos", "reclamações"),
    "general": ("general", "geral"),
    "positive": ("positivo", "positivo"),
    "negative": ("negativo", "negativo"),
    "neutral": ("neutro", "neutro"),
    "mixed": ("mixto", "misto"),
    "Negative sentiment detected": ("Sentimiento negativo", "Sentimento negativo"),
    "Low AI confidence": ("Poca certeza del asistente", "Pouca certeza do assistente"),
    "Long conversation without resolution": (
        "Conversación larga sin resolver",
        "Conversa longa sem solução",
    ),
    "Escalation keywords detected": ("Palabras de alerta", "Palavras de alerta"),
    "Complex query detected": ("Consulta compleja", "Consulta complexa"),
    "Customer asked for a person": ("Pidió hablar con una persona", "Pediu uma pessoa"),
    "The contact asked for a person": ("Pidió hablar con una persona", "Pediu uma pessoa"),
    "The assistant could not answer": (
        "El asistente no pudo responder",
        "O assistente não conseguiu responder",
    ),
    "The file is empty.": ("El archivo está vacío.", "O arquivo está vazio."),
    "The message is empty: give it a text.": (
        "El mensaje está vacío: escribe algo.",
        "A mensagem está vazia: escreva algo.",
    ),
    "The message was deleted meanwhile.": (
        "El mensaje fue eliminado mientras tanto.",
        "A mensagem foi apagada enquanto isso.",
    ),
    "The message has not gone out yet: wait until it has.": (
        "El mensaje aún no ha salido: espera a que salga.",
        "A mensagem ainda não saiu: espere que saia.",
    ),
    "This channel sends no files.": (
        "Este canal no envía archivos.",
        "Este canal não envia arquivos.",
    ),
    "The message does not wait for the contact, so it cannot be taken back.": (
        "El mensaje ya no espera al contacto: no se puede retirar.",
        "A mensagem já não espera o contato: não pode ser retirada.",
    ),
}
