"""The character.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "Character": ("Personaje", "Personagem"),
    "Who answers your customers, in which tone, and when you are open.": (
        "Quién responde a tus clientes, en qué tono y cuándo están abiertos.",
        "Quem responde aos seus clientes, em que tom e quando vocês estão abertos.",
    ),
    "Who it is": ("Quién es", "Quem é"),
    "How it calls itself": ("Cómo se llama a sí mismo", "Como chama a si mesmo"),
    "Tone": ("Tono", "Tom"),
    "Warm and brief, on first-name terms": (
        "Cercano y breve, de tú",
        "Próximo e breve, sem formalidade",
    ),
    "Greeting": ("Saludo", "Saudação"),
    "What it says to a first hello. Left empty, it greets by its name.": (
        "Lo que dice a un primer «hola». Vacío, saluda con su nombre.",
        "O que diz a um primeiro “oi”. Vazio, cumprimenta com seu nome.",
    ),
    "Instructions": ("Instrucciones", "Instruções"),
    "What a model of a provider is told. Facts belong in the knowledge.": (
        "Lo que se le dice a un modelo de un proveedor. Los datos van en el conocimiento.",
        "O que se diz a um modelo de um provedor. Os dados ficam no conhecimento.",
    ),
    "Hours": ("Horario", "Horário"),
    "Write 09:00-13:00, 15:00-20:00. Leave a day empty when you are closed.": (
        "Escribe 09:00-13:00, 15:00-20:00. Deja vacío el día en que cierran.",
        "Escreva 09:00-13:00, 15:00-20:00. Deixe vazio o dia em que fecham.",
    ),
    "Time zone": ("Zona horaria", "Fuso horário"),
    "closed": ("cerrado", "fechado"),
    "Monday": ("Lunes", "Segunda"),
    "Tuesday": ("Martes", "Terça"),
    "Wednesday": ("Miércoles", "Quarta"),
    "Thursday": ("Jueves", "Quinta"),
    "Friday": ("Viernes", "Sexta"),
    "Saturday": ("Sábado", "Sábado"),
    "Sunday": ("Domingo", "Domingo"),
    "The assistant answers like this from now on.": (
        "El asistente responde así desde ahora.",
        "O assistente responde assim a partir de agora.",
    ),
    "Another character has this name.": (
        "Otro personaje tiene este nombre.",
        "Outro personagem tem este nome.",
    ),
    "A character needs a name of at most 80 characters.": (
        "Un personaje necesita un nombre de 80 caracteres como máximo.",
        "Um personagem precisa de um nome de até 80 caracteres.",
    ),
    "A character needs a prompt of at most 20,000 characters.": (
        "Un personaje necesita instrucciones de 20.000 caracteres como máximo.",
        "Um personagem precisa de instruções de até 20.000 caracteres.",
    ),
    "A character's tone has at most 500 characters.": (
        "El tono tiene 500 caracteres como máximo.",
        "O tom tem no máximo 500 caracteres.",
    ),
    "A character's greeting has at most 1,000 characters.": (
        "El saludo tiene 1.000 caracteres como máximo.",
        "A saudação tem no máximo 1.000 caracteres.",
    ),
    "Hours: a day has at most 4 spans.": (
        "Horario: un día tiene como máximo 4 tramos.",
        "Horário: um dia tem no máximo 4 períodos.",
    ),
    "Hours: a span is written like 09:00-18:00.": (
        "Horario: un tramo se escribe así: 09:00-18:00.",
        "Horário: um período se escreve assim: 09:00-18:00.",
    ),
    "Hours: a span begins and ends at different times.": (
        "Horario: un tramo empieza y termina a horas distintas.",
        "Horário: um período começa e termina em horas diferentes.",
    ),
    "Hours need a time zone, written like America/Bogota or Europe/Madrid.": (
        "El horario necesita una zona horaria, como America/Bogota o Europe/Madrid.",
        "O horário precisa de um fuso, como America/Sao_Paulo ou Europe/Lisbon.",
    ),
}
