"""Dead letters and the team.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "What could not be processed. Mend the cause, then replay; nothing is lost until dropped.": (
        (
            "Lo que no se pudo procesar. Arregla la causa y vuelve a intentarlo; nada se pierde"
            " hasta que lo descartes."
        ),
        (
            "O que não pôde ser processado. Corrija a causa e tente de novo; nada se perde até"
            " você descartar."
        ),
    ),
    "Replay all {count}?": ("¿Reintentar los {count}?", "Tentar de novo os {count}?"),
    "Replay all {count}": ("Reintentar los {count}", "Tentar de novo os {count}"),
    "Replay the ticked ones": ("Reintentar los marcados", "Tentar de novo os marcados"),
    "Tick": ("Marcar", "Marcar"),
    "Tick those to replay first.": (
        "Marca primero los que quieras reintentar.",
        "Marque primeiro os que quer tentar de novo.",
    ),
    "Replayed": ("Reintentados", "Tentados de novo"),
    "Replaying: {done} of {total}, {left} left. You may leave this page.": (
        "Reintentando: {done} de {total}, faltan {left}. Puedes salir de esta página.",
        "Tentando de novo: {done} de {total}, faltam {left}. Você pode sair desta página.",
    ),
    "{count} were replayed.": ("Se reintentaron {count}.", "{count} foram tentadas de novo."),
    "Show what is open now": ("Ver lo que sigue abierto", "Ver o que está aberto"),
    "tried {count} times": ("{count} intentos", "{count} tentativas"),
    "Body": ("Contenido", "Conteúdo"),
    "Lane": ("Carril", "Pista"),
    "Trace": ("Traza", "Rastro"),
    "Replay": ("Reintentar", "Tentar de novo"),
    "Drop it? This cannot be undone.": (
        "¿Descartarlo? No se puede deshacer.",
        "Descartar? Não dá para desfazer.",
    ),
    "Drop": ("Descartar", "Descartar"),
    "Older ones": ("Anteriores", "Anteriores"),
    "Nothing here": ("Nada por aquí", "Nada aqui"),
    "Every message was processed.": (
        "Todos los mensajes se procesaron.",
        "Todas as mensagens foram processadas.",
    ),
    (
        "Agents answer; supervisors also tend knowledge and dead letters; admins also lines and"
        " people."
    ): (
        (
            "Los agentes responden; los supervisores además cuidan el conocimiento y los"
            " fallidos; los admins, también líneas y personas."
        ),
        (
            "Agentes respondem; supervisores também cuidam do conhecimento e das falhas; admins,"
            " também de linhas e pessoas."
        ),
    ),
    "A link for {name}": ("Un enlace para {name}", "Um link para {name}"),
    "It signs in once, within three days. It is shown only now: copy it and send it.": (
        "Sirve una vez, durante tres días. Solo se muestra ahora: cópialo y envíalo.",
        "Vale uma vez, por três dias. Só aparece agora: copie e envie.",
    ),
    "Link": ("Enlace", "Link"),
    "Invite somebody": ("Invita a alguien", "Convide alguém"),
    "Role": ("Rol", "Função"),
    "Invite": ("Invitar", "Convidar"),
    "you": ("tú", "você"),
    "Role of {name}": ("Rol de {name}", "Função de {name}"),
    "New sign-in link": ("Nuevo enlace de acceso", "Novo link de acesso"),
    "It is on its way again.": ("Va de nuevo en camino.", "Está a caminho de novo."),
    "{count} are on their way again.": (
        "{count} van de nuevo en camino.",
        "{count} estão a caminho de novo.",
    ),
    "Dropped.": ("Descartado.", "Descartada."),
}
