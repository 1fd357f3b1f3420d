"""Knowledge.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "What the assistant answers from. It says so when it does not know.": (
        "De aquí responde el asistente. Cuando no sabe algo, lo dice.",
        "Daqui o assistente responde. Quando não sabe, ele diz.",
    ),
    "Try a question": ("Prueba una pregunta", "Teste uma pergunta"),
    "Question": ("Pregunta", "Pergunta"),
    "As a customer would ask it": ("Como la haría un cliente", "Como um cliente perguntaria"),
    "Try": ("Probar", "Testar"),
    "Add": ("Agregar", "Adicionar"),
    "Choose files, or drop them here": (
        "Elige archivos o suéltalos aquí",
        "Escolha arquivos ou solte-os aqui",
    ),
    "up to 20 MB": ("hasta 20 MB", "até 20 MB"),
    "Upload": ("Subir", "Enviar"),
    "Or paste a text": ("O pega un texto", "Ou cole um texto"),
    "Text (Markdown, or questions and answers)": (
        "Texto (Markdown, o preguntas y respuestas)",
        "Texto (Markdown, ou perguntas e respostas)",
    ),
    "sample; your first own file replaces it": (
        "ejemplo; tu primer archivo lo reemplaza",
        "exemplo; seu primeiro arquivo o substitui",
    ),
    "1 passage": ("1 pasaje", "1 trecho"),
    "{count} passages": ("{count} pasajes", "{count} trechos"),
    "Remove {name}? The assistant forgets it.": (
        "¿Quitar {name}? El asistente lo olvida.",
        "Remover {name}? O assistente esquece.",
    ),
    "Remove {name}": ("Quitar {name}", "Remover {name}"),
    "Nothing yet: the assistant can only greet and hand over.": (
        "Nada todavía: el asistente solo puede saludar y pasar con una persona.",
        "Nada ainda: o assistente só consegue cumprimentar e passar para uma pessoa.",
    ),
    "Below 60 % the assistant says that it does not know.": (
        "Por debajo de 60 % el asistente dice que no sabe.",
        "Abaixo de 60 % o assistente diz que não sabe.",
    ),
    "Nothing found: the assistant would say that it does not know, and offer a person.": (
        "No se encontró nada: el asistente diría que no sabe y ofrecería una persona.",
        "Nada encontrado: o assistente diria que não sabe e ofereceria uma pessoa.",
    ),
    "The assistant answers from it now.": (
        "El asistente ya responde con eso.",
        "O assistente já responde com isso.",
    ),
}
