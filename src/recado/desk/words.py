"""The desk's words in English, Spanish and Portuguese. The English text is the key.

A text that a language lacks is shown in English; a test keeps the catalogue whole.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from starlette.requests import Request

LANGUAGES = {"en": "English", "es": "Español", "pt": "Português"}
DEFAULT = "en"
Translator = Callable[..., str]


def choose_language(request: Request) -> str:
    """The user's choice (a cookie), else the browser's first that we speak, else English."""
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    return _accepted(request.headers.get("accept-language", ""))


@cache
def translator(language: str) -> Translator:
    """`_("{name} took over", name="Ana")` for templates."""
    words = CATALOGUE.get(language, {})

    def translate(text: str, **values: object) -> str:
        text = words.get(text, text)
        return text.format(**values) if values else text

    return translate


def _accepted(header: str) -> str:
    """Accept-Language as RFC 9110, 12.5.4 has it; what cannot be read is skipped."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, quality = part.strip().partition(";q=")
        code = name.partition("-")[0].strip().lower()
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and weight > 0:
            wanted.append((-weight, code))
    return min(wanted, key=lambda pair: pair[0])[1] if wanted else DEFAULT


SPANISH = {
    "Today": "Hoy",
    "Yesterday": "Ayer",
    "now": "ahora",
    "overdue": "de retraso",
    "Connection lost. Trying again…": "Se perdió la conexión. Reintentando…",
    "Copied.": "Copiado.",
    "That did not work. Try again.": "No funcionó. Inténtalo otra vez.",
    "Skip to content": "Ir al contenido",
    "Main": "Principal",
    "Inbox": "Bandeja",
    "Simulator": "Simulador",
    "Knowledge": "Conocimiento",
    "Lines": "Líneas",
    "Dead letters": "Fallidos",
    "Team": "Equipo",
    "Light or dark": "Claro u oscuro",
    "Profile": "Perfil",
    "What could not be processed. Mend the cause, then replay; nothing is lost until you drop"
    " it.": (
        "Lo que no se pudo procesar. Arregla la causa y vuelve a intentarlo; nada se pierde hasta"
        " que lo descartes."
    ),
    "Replay all {count}?": "¿Reintentar los {count}?",
    "Replay all {count}": "Reintentar los {count}",
    "Filters": "Filtros",
    "tried {count} times": "{count} intentos",
    "Conversation": "Conversación",
    "Body": "Contenido",
    "Lane": "Carril",
    "Trace": "Traza",
    "Replay": "Reintentar",
    "Drop it? This cannot be undone.": "¿Descartarlo? No se puede deshacer.",
    "Drop": "Descartar",
    "Older ones": "Anteriores",
    "Nothing here": "Nada por aquí",
    "Every message was processed.": "Todos los mensajes se procesaron.",
    "To the inbox": "A la bandeja",
    "Back": "Volver",
    "If you report this, name the trace:": "Si lo reportas, indica la traza:",
    "Conversations": "Conversaciones",
    "Search conversations": "Buscar conversaciones",
    "Search": "Buscar",
    "Choose a conversation": "Elige una conversación",
    "The arrow keys or j and k move through the list, / searches, Ctrl+Enter sends.": (
        "Las flechas o j y k recorren la lista, / busca, Ctrl+Enter envía."
    ),
    "Write one in the simulator": "Escribe una en el simulador",
    "What the assistant answers from. It says so when it does not know.": (
        "De aquí responde el asistente. Cuando no sabe algo, lo dice."
    ),
    "Try a question": "Prueba una pregunta",
    "Question": "Pregunta",
    "As a customer would ask it": "Como la haría un cliente",
    "Try": "Probar",
    "Add": "Agregar",
    "Choose files, or drop them here": "Elige archivos o suéltalos aquí",
    "up to 20 MB": "hasta 20 MB",
    "Upload": "Subir",
    "Or paste a text": "O pega un texto",
    "Name": "Nombre",
    "Text (Markdown, or questions and answers)": "Texto (Markdown, o preguntas y respuestas)",
    "sample; your first own file replaces it": "ejemplo; tu primer archivo lo reemplaza",
    "1 passage": "1 pasaje",
    "{count} passages": "{count} pasajes",
    "Remove {name}? The assistant forgets it.": "¿Quitar {name}? El asistente lo olvida.",
    "Remove": "Quitar",
    "Remove {name}": "Quitar {name}",
    "Nothing yet: the assistant can only greet and hand over.": (
        "Nada todavía: el asistente solo puede saludar y pasar con una persona."
    ),
    "The addresses at which customers reach you.": "Por donde te escriben tus clientes.",
    "any number of the account": "cualquier número de la cuenta",
    "disabled": "desactivado",
    "Check": "Comprobar",
    "Disable": "Desactivar",
    "Enable": "Activar",
    "What to enter at Meta": "Qué poner en Meta",
    "In the app's WhatsApp configuration, enter this callback URL:": (
        "En la configuración de WhatsApp de la app, pon esta URL de devolución de llamada:"
    ),
    "Callback URL": "URL de devolución de llamada",
    "Copy": "Copiar",
    "Meta must reach it over https: set RECADO_PUBLIC_URL to your public address.": (
        "Meta debe llegar por https: pon en RECADO_PUBLIC_URL tu dirección pública."
    ),
    "Enter this verify token:": "Pon este token de verificación:",
    "Verify token": "Token de verificación",
    "There is none; set one.": "No hay ninguno; define uno.",
    "Subscribe to the field messages.": "Suscríbete al campo messages.",
    "Add a WhatsApp number": "Agregar un número de WhatsApp",
    "All four are on Meta's pages: WhatsApp, API setup; and App settings, Basic.": (
        "Todo está en las páginas de Meta: WhatsApp, Configuración de la API; y Configuración de"
        " la app, Básica."
    ),
    "Phone number id": "Identificador del número",
    "Access token": "Token de acceso",
    "App secret": "Clave secreta de la app",
    "Verify token (a word you choose)": "Token de verificación (una palabra tuya)",
    "Add the line": "Agregar la línea",
    "What the vendors report": "Lo que avisan los proveedores",
    "As it came": "Tal como llegó",
    "Nothing yet: account alerts, template changes and the like appear here.": (
        "Nada todavía: aquí aparecen alertas de la cuenta, cambios de plantillas y similares."
    ),
    "It works.": "Funciona.",
    "Photo": "Foto",
    "Video": "Video",
    "Audio": "Audio",
    "Document": "Documento",
    "Sticker": "Sticker",
    "Voice message": "Mensaje de voz",
    "Location": "Ubicación",
    "Contact": "Contacto",
    "Order": "Pedido",
    "Tapped": "Eligió",
    "Form": "Formulario",
    "Reacted": "Reaccionó",
    "Took a reaction back": "Quitó una reacción",
    "Edited an earlier message to:": "Editó un mensaje anterior:",
    "Deleted an earlier message": "Eliminó un mensaje anterior",
    "Something changed at the contact's side": "Algo cambió del lado del contacto",
    "Template": "Plantilla",
    "A message that WhatsApp does not pass on": "Un mensaje que WhatsApp no entrega",
    "A kind of message that Recado does not know": "Un tipo de mensaje que Recado no conoce",
    "Messages": "Mensajes",
    "The assistant is typing": "El asistente está escribiendo",
    "To the newest message": "Al mensaje más reciente",
    "What to write": "Qué escribir",
    "Reply": "Respuesta",
    "Note": "Nota",
    "Message": "Mensaje",
    "Write a message": "Escribe un mensaje",
    "Write a note for the team; the contact never sees it": (
        "Escribe una nota para el equipo; el contacto nunca la ve"
    ),
    "Send (Ctrl+Enter)": "Enviar (Ctrl+Enter)",
    "Send": "Enviar",
    "Details": "Detalles",
    "Close": "Cerrar",
    "Phone": "Teléfono",
    "Username": "Usuario",
    "WhatsApp user id": "Id. de usuario de WhatsApp",
    "Address": "Dirección",
    "Line": "Línea",
    "Language": "Idioma",
    "Since": "Desde",
    "Window open until": "Ventana abierta hasta",
    "Hand-over": "Traspaso",
    "Score": "Puntaje",
    "Priority": "Prioridad",
    "Department": "Área",
    "All": "Todas",
    "Waiting": "Esperan",
    "Waits": "Espera",
    "Bot": "Bot",
    "What the team sees, below": "Lo que ve el equipo, abajo",
    "Mine": "Mías",
    "People": "Personas",
    "Assistant": "Asistente",
    "Resolved": "Resuelta",
    "Back to the inbox": "Volver a la bandeja",
    "Who has the word": "Quién tiene la palabra",
    "A person is promised by then": "Para entonces prometimos una persona",
    "Take over": "Tomar",
    "Hand back": "Devolver",
    "Reopen": "Reabrir",
    "Resolve": "Resolver",
    "The 24-hour window is closed: WhatsApp takes only templates until the contact writes again.": (
        "La ventana de 24 horas se cerró: WhatsApp solo acepta plantillas hasta que el contacto"
        " vuelva a escribir."
    ),
    "You have the word. The assistant is silent.": (
        "Tienes la palabra. El asistente guarda silencio."
    ),
    "{name} has the word. Sending takes it over.": "{name} tiene la palabra. Al enviar, la tomas.",
    "A person": "Una persona",
    "Nobody has answered yet. Sending takes over.": "Nadie ha respondido aún. Al enviar, la tomas.",
    "Resolved. Sending opens it again, with you.": "Resuelta. Al enviar, se reabre contigo.",
    "The assistant has the word. Sending takes it over.": (
        "El asistente tiene la palabra. Al enviar, la tomas."
    ),
    "Below 60 % the assistant says that it does not know.": (
        "Por debajo de 60 % el asistente dice que no sabe."
    ),
    "Nothing found: the assistant would say that it does not know, and offer a person.": (
        "No se encontró nada: el asistente diría que no sabe y ofrecería una persona."
    ),
    "Automatic notice": "Aviso automático",
    "Not sent: a person took over first.": "No se envió: una persona tomó la conversación antes.",
    "Not sent": "No se envió",
    "no reason given": "sin motivo",
    "Nobody can tell whether this arrived.": "Nadie puede saber si esto llegó.",
    "Recado stopped between sending it and hearing back. It is not sent twice by itself: look at"
    " the phone, or ask, and decide.": (
        "Recado se detuvo entre el envío y la confirmación. No se envía dos veces por su cuenta:"
        " mira el teléfono, o pregunta, y decide."
    ),
    "It arrived": "Llegó",
    "Send again": "Enviar otra vez",
    "{share} sure": "{share} de certeza",
    "Why this answer": "Por qué esta respuesta",
    "Loading…": "Cargando…",
    "Handed over to the team": "Pasó al equipo",
    "{name} took over": "{name} tomó la conversación",
    "{name} handed back to the assistant": "{name} la devolvió al asistente",
    "{name} resolved it": "{name} la resolvió",
    "Open again": "Abierta otra vez",
    "A reply of the assistant was dropped: a person had the word": (
        "Se descartó una respuesta del asistente: una persona tenía la palabra"
    ),
    "Note by {name}": "Nota de {name}",
    "the team": "el equipo",
    "You": "Tú",
    "unread": "sin leer",
    "Nothing found for “{search}”.": "Nada encontrado para “{search}”.",
    "Nobody waits. Well done.": "Nadie espera. Buen trabajo.",
    "No conversations yet. Try the simulator, or connect a line.": (
        "Aún no hay conversaciones. Prueba el simulador o conecta una línea."
    ),
    "Nothing here.": "Nada por aquí.",
    "Somebody": "Alguien",
    "Assistant answers": "Responde el asistente",
    "Waits for a person": "Espera a una persona",
    "You answer": "Respondes tú",
    "{name} answers": "Responde {name}",
    "Waiting to be sent": "Por enviarse",
    "Sent": "Enviado",
    "Delivered": "Entregado",
    "Read": "Leído",
    "Unknown": "Incierto",
    "Answered from": "Respondido a partir de",
    "Confidence": "Certeza",
    "Model": "Modelo",
    "Time": "Tiempo",
    "model": "modelo",
    "Tokens": "Tokens",
    "Cost": "Costo",
    "Intent": "Intención",
    "Sentiment": "Sentimiento",
    "Hand-over score": "Puntaje de traspaso",
    "Nothing is known about this answer.": "No se sabe nada de esta respuesta.",
    "E-mail": "Correo",
    "As the browser": "Como el navegador",
    "Save": "Guardar",
    "Password": "Contraseña",
    "Changing it signs out all your other browsers.": (
        "Al cambiarla se cierra la sesión en tus otros navegadores."
    ),
    "You have none yet: you come in by links. Set one to sign in with your e-mail.": (
        "Aún no tienes: entras con enlaces. Define una para entrar con tu correo."
    ),
    "Present password": "Contraseña actual",
    "New password (at least 10 characters)": "Contraseña nueva (al menos 10 caracteres)",
    "Set password": "Definir contraseña",
    "This browser": "Este navegador",
    "Sign out": "Cerrar sesión",
    "Sign in": "Entrar",
    "Sign in to Recado": "Entra a Recado",
    "No password yet? Use a sign-in link: an admin makes one under Team, or in the terminal:": (
        "¿Sin contraseña? Usa un enlace de acceso: un admin lo crea en Equipo, o en la terminal:"
    ),
    "Write as a customer would. The same assistant answers that WhatsApp gets.": (
        "Escribe como lo haría un cliente. Responde el mismo asistente que en WhatsApp."
    ),
    "Your business": "Tu negocio",
    "typing…": "escribiendo…",
    "online": "en línea",
    "Who writes": "Quién escribe",
    "New person": "Otra persona",
    "Messages on the phone": "Mensajes en el teléfono",
    "Suggestions": "Sugerencias",
    "Write as {name}": "Escribe como {name}",
    "What the team sees": "Lo que ve el equipo",
    "Open in the inbox": "Abrir en la bandeja",
    "Here the team sees the conversation": "Aquí el equipo ve la conversación",
    "Tap a question on the phone, or write one. The assistant answers from the sample knowledge;"
    " ask for a person, and you can take over here.": (
        "Toca una pregunta en el teléfono o escribe una. El asistente responde con el conocimiento"
        " de ejemplo; pide una persona y podrás tomar la conversación aquí."
    ),
    "Agents answer; supervisors also tend knowledge and dead letters; admins also lines and"
    " people.": (
        "Los agentes responden; los supervisores además cuidan el conocimiento y los fallidos; los"
        " admins, también líneas y personas."
    ),
    "A link for {name}": "Un enlace para {name}",
    "It signs in once, within three days. It is shown only now: copy it and send it.": (
        "Sirve una vez, durante tres días. Solo se muestra ahora: cópialo y envíalo."
    ),
    "Link": "Enlace",
    "Invite somebody": "Invita a alguien",
    "Role": "Rol",
    "Invite": "Invitar",
    "you": "tú",
    "Role of {name}": "Rol de {name}",
    "New sign-in link": "Nuevo enlace de acceso",
    "You have the word.": "Tienes la palabra.",
    "The assistant has the word again.": "El asistente tiene la palabra otra vez.",
    "Resolved.": "Resuelta.",
    "It is on its way again.": "Va de nuevo en camino.",
    "{count} are on their way again.": "{count} van de nuevo en camino.",
    "Dropped.": "Descartado.",
    "The assistant answers from it now.": "El asistente ya responde con eso.",
    "Removed.": "Quitado.",
    "The line was added. Check it, then subscribe the webhook at Meta.": (
        "La línea se agregó. Compruébala y luego suscribe el webhook en Meta."
    ),
    "Saved.": "Guardado.",
    "Your password is set. Other browsers were signed out.": (
        "Tu contraseña quedó definida. Se cerró la sesión en otros navegadores."
    ),
    "The e-mail or the password is not right.": "El correo o la contraseña no son correctos.",
    "This link was used already, or its time is over. Ask for a new one.": (
        "Este enlace ya se usó o venció. Pide uno nuevo."
    ),
    "Not found": "No encontrado",
    "Not allowed": "No permitido",
    "There is nothing at this address. It may have been moved or mistyped.": (
        "No hay nada en esta dirección. Quizá cambió o está mal escrita."
    ),
    "Your role does not include this. Ask an admin of your team.": (
        "Tu rol no incluye esto. Pregunta a un admin de tu equipo."
    ),
    "admin": "admin",
    "supervisor": "supervisor",
    "agent": "agente",
    "open": "abiertos",
    "replayed": "reintentados",
    "dropped": "descartados",
    "low": "baja",
    "normal": "normal",
    "high": "alta",
    "urgent": "urgente",
    "sales": "ventas",
    "support": "soporte",
    "billing": "facturación",
    "complaints": "reclamos",
    "general": "general",
    "positive": "positivo",
    "negative": "negativo",
    "neutral": "neutro",
    "mixed": "mixto",
    "Negative sentiment detected": "Sentimiento negativo",
    "Low AI confidence": "Poca certeza del asistente",
    "Long conversation without resolution": "Conversación larga sin resolver",
    "Escalation keywords detected": "Palabras de alerta",
    "Complex query detected": "Consulta compleja",
    "Customer asked for a person": "Pidió hablar con una persona",
    "The contact asked for a person": "Pidió hablar con una persona",
    "The assistant could not answer": "El asistente no pudo responder",
}

PORTUGUESE = {
    "Today": "Hoje",
    "Yesterday": "Ontem",
    "now": "agora",
    "overdue": "de atraso",
    "Connection lost. Trying again…": "A conexão caiu. Tentando de novo…",
    "Copied.": "Copiado.",
    "That did not work. Try again.": "Não funcionou. Tente de novo.",
    "Skip to content": "Ir para o conteúdo",
    "Main": "Principal",
    "Inbox": "Entrada",
    "Simulator": "Simulador",
    "Knowledge": "Conhecimento",
    "Lines": "Linhas",
    "Dead letters": "Falhas",
    "Team": "Equipe",
    "Light or dark": "Claro ou escuro",
    "Profile": "Perfil",
    "What could not be processed. Mend the cause, then replay; nothing is lost until you drop"
    " it.": (
        "O que não pôde ser processado. Corrija a causa e tente de novo; nada se perde até você"
        " descartar."
    ),
    "Replay all {count}?": "Tentar de novo os {count}?",
    "Replay all {count}": "Tentar de novo os {count}",
    "Filters": "Filtros",
    "tried {count} times": "{count} tentativas",
    "Conversation": "Conversa",
    "Body": "Conteúdo",
    "Lane": "Pista",
    "Trace": "Rastro",
    "Replay": "Tentar de novo",
    "Drop it? This cannot be undone.": "Descartar? Não dá para desfazer.",
    "Drop": "Descartar",
    "Older ones": "Anteriores",
    "Nothing here": "Nada aqui",
    "Every message was processed.": "Todas as mensagens foram processadas.",
    "To the inbox": "Para a entrada",
    "Back": "Voltar",
    "If you report this, name the trace:": "Se for relatar, informe o rastro:",
    "Conversations": "Conversas",
    "Search conversations": "Buscar conversas",
    "Search": "Buscar",
    "Choose a conversation": "Escolha uma conversa",
    "The arrow keys or j and k move through the list, / searches, Ctrl+Enter sends.": (
        "As setas ou j e k percorrem a lista, / busca, Ctrl+Enter envia."
    ),
    "Write one in the simulator": "Escreva uma no simulador",
    "What the assistant answers from. It says so when it does not know.": (
        "Daqui o assistente responde. Quando não sabe, ele diz."
    ),
    "Try a question": "Teste uma pergunta",
    "Question": "Pergunta",
    "As a customer would ask it": "Como um cliente perguntaria",
    "Try": "Testar",
    "Add": "Adicionar",
    "Choose files, or drop them here": "Escolha arquivos ou solte-os aqui",
    "up to 20 MB": "até 20 MB",
    "Upload": "Enviar",
    "Or paste a text": "Ou cole um texto",
    "Name": "Nome",
    "Text (Markdown, or questions and answers)": "Texto (Markdown, ou perguntas e respostas)",
    "sample; your first own file replaces it": "exemplo; seu primeiro arquivo o substitui",
    "1 passage": "1 trecho",
    "{count} passages": "{count} trechos",
    "Remove {name}? The assistant forgets it.": "Remover {name}? O assistente esquece.",
    "Remove": "Remover",
    "Remove {name}": "Remover {name}",
    "Nothing yet: the assistant can only greet and hand over.": (
        "Nada ainda: o assistente só consegue cumprimentar e passar para uma pessoa."
    ),
    "The addresses at which customers reach you.": "Por onde seus clientes escrevem.",
    "any number of the account": "qualquer número da conta",
    "disabled": "desativado",
    "Check": "Verificar",
    "Disable": "Desativar",
    "Enable": "Ativar",
    "What to enter at Meta": "O que informar na Meta",
    "In the app's WhatsApp configuration, enter this callback URL:": (
        "Na configuração do WhatsApp do app, informe esta URL de retorno de chamada:"
    ),
    "Callback URL": "URL de retorno de chamada",
    "Copy": "Copiar",
    "Meta must reach it over https: set RECADO_PUBLIC_URL to your public address.": (
        "A Meta precisa chegar por https: ponha em RECADO_PUBLIC_URL o seu endereço público."
    ),
    "Enter this verify token:": "Informe este token de verificação:",
    "Verify token": "Token de verificação",
    "There is none; set one.": "Não há nenhum; defina um.",
    "Subscribe to the field messages.": "Assine o campo messages.",
    "Add a WhatsApp number": "Adicionar um número de WhatsApp",
    "All four are on Meta's pages: WhatsApp, API setup; and App settings, Basic.": (
        "Tudo está nas páginas da Meta: WhatsApp, Configuração da API; e Configurações do app,"
        " Básico."
    ),
    "Phone number id": "Identificador do número",
    "Access token": "Token de acesso",
    "App secret": "Chave secreta do app",
    "Verify token (a word you choose)": "Token de verificação (uma palavra sua)",
    "Add the line": "Adicionar a linha",
    "What the vendors report": "O que os provedores avisam",
    "As it came": "Como chegou",
    "Nothing yet: account alerts, template changes and the like appear here.": (
        "Nada ainda: aqui aparecem alertas da conta, mudanças de modelos e afins."
    ),
    "It works.": "Funciona.",
    "Photo": "Foto",
    "Video": "Vídeo",
    "Audio": "Áudio",
    "Document": "Documento",
    "Sticker": "Figurinha",
    "Voice message": "Mensagem de voz",
    "Location": "Localização",
    "Contact": "Contato",
    "Order": "Pedido",
    "Tapped": "Escolheu",
    "Form": "Formulário",
    "Reacted": "Reagiu",
    "Took a reaction back": "Retirou uma reação",
    "Edited an earlier message to:": "Editou uma mensagem anterior:",
    "Deleted an earlier message": "Apagou uma mensagem anterior",
    "Something changed at the contact's side": "Algo mudou do lado do contato",
    "Template": "Modelo",
    "A message that WhatsApp does not pass on": "Uma mensagem que o WhatsApp não entrega",
    "A kind of message that Recado does not know": "Um tipo de mensagem que o Recado não conhece",
    "Messages": "Mensagens",
    "The assistant is typing": "O assistente está digitando",
    "To the newest message": "Para a mensagem mais recente",
    "What to write": "O que escrever",
    "Reply": "Resposta",
    "Note": "Nota",
    "Message": "Mensagem",
    "Write a message": "Escreva uma mensagem",
    "Write a note for the team; the contact never sees it": (
        "Escreva uma nota para a equipe; o contato nunca a vê"
    ),
    "Send (Ctrl+Enter)": "Enviar (Ctrl+Enter)",
    "Send": "Enviar",
    "Details": "Detalhes",
    "Close": "Fechar",
    "Phone": "Telefone",
    "Username": "Usuário",
    "WhatsApp user id": "Id. de usuário do WhatsApp",
    "Address": "Endereço",
    "Line": "Linha",
    "Language": "Idioma",
    "Since": "Desde",
    "Window open until": "Janela aberta até",
    "Hand-over": "Transferência",
    "Score": "Pontuação",
    "Priority": "Prioridade",
    "Department": "Área",
    "All": "Todas",
    "Waiting": "Esperando",
    "Waits": "Esperando",
    "Bot": "Bot",
    "What the team sees, below": "O que a equipe vê, abaixo",
    "Mine": "Minhas",
    "People": "Pessoas",
    "Assistant": "Assistente",
    "Resolved": "Resolvida",
    "Back to the inbox": "Voltar à entrada",
    "Who has the word": "Quem tem a palavra",
    "A person is promised by then": "Até lá prometemos uma pessoa",
    "Take over": "Assumir",
    "Hand back": "Devolver",
    "Reopen": "Reabrir",
    "Resolve": "Resolver",
    "The 24-hour window is closed: WhatsApp takes only templates until the contact writes again.": (
        "A janela de 24 horas fechou: o WhatsApp só aceita modelos até o contato escrever de novo."
    ),
    "You have the word. The assistant is silent.": (
        "Você tem a palavra. O assistente fica em silêncio."
    ),
    "{name} has the word. Sending takes it over.": "{name} tem a palavra. Ao enviar, você assume.",
    "A person": "Uma pessoa",
    "Nobody has answered yet. Sending takes over.": (
        "Ninguém respondeu ainda. Ao enviar, você assume."
    ),
    "Resolved. Sending opens it again, with you.": "Resolvida. Ao enviar, reabre com você.",
    "The assistant has the word. Sending takes it over.": (
        "O assistente tem a palavra. Ao enviar, você assume."
    ),
    "Below 60 % the assistant says that it does not know.": (
        "Abaixo de 60 % o assistente diz que não sabe."
    ),
    "Nothing found: the assistant would say that it does not know, and offer a person.": (
        "Nada encontrado: o assistente diria que não sabe e ofereceria uma pessoa."
    ),
    "Automatic notice": "Aviso automático",
    "Not sent: a person took over first.": "Não enviada: uma pessoa assumiu antes.",
    "Not sent": "Não enviada",
    "no reason given": "sem motivo",
    "Nobody can tell whether this arrived.": "Ninguém consegue saber se isto chegou.",
    "Recado stopped between sending it and hearing back. It is not sent twice by itself: look at"
    " the phone, or ask, and decide.": (
        "O Recado parou entre o envio e a confirmação. Não é enviado duas vezes por conta própria:"
        " olhe o telefone, ou pergunte, e decida."
    ),
    "It arrived": "Chegou",
    "Send again": "Enviar de novo",
    "{share} sure": "{share} de certeza",
    "Why this answer": "Por que esta resposta",
    "Loading…": "Carregando…",
    "Handed over to the team": "Passou para a equipe",
    "{name} took over": "{name} assumiu",
    "{name} handed back to the assistant": "{name} devolveu ao assistente",
    "{name} resolved it": "{name} resolveu",
    "Open again": "Aberta de novo",
    "A reply of the assistant was dropped: a person had the word": (
        "Uma resposta do assistente foi descartada: uma pessoa tinha a palavra"
    ),
    "Note by {name}": "Nota de {name}",
    "the team": "a equipe",
    "You": "Você",
    "unread": "não lidas",
    "Nothing found for “{search}”.": "Nada encontrado para “{search}”.",
    "Nobody waits. Well done.": "Ninguém espera. Bom trabalho.",
    "No conversations yet. Try the simulator, or connect a line.": (
        "Ainda não há conversas. Teste o simulador ou conecte uma linha."
    ),
    "Nothing here.": "Nada aqui.",
    "Somebody": "Alguém",
    "Assistant answers": "O assistente responde",
    "Waits for a person": "Espera uma pessoa",
    "You answer": "Você responde",
    "{name} answers": "{name} responde",
    "Waiting to be sent": "A enviar",
    "Sent": "Enviada",
    "Delivered": "Entregue",
    "Read": "Lida",
    "Unknown": "Incerta",
    "Answered from": "Respondido a partir de",
    "Confidence": "Certeza",
    "Model": "Modelo",
    "Time": "Tempo",
    "model": "modelo",
    "Tokens": "Tokens",
    "Cost": "Custo",
    "Intent": "Intenção",
    "Sentiment": "Sentimento",
    "Hand-over score": "Pontuação de transferência",
    "Nothing is known about this answer.": "Nada se sabe sobre esta resposta.",
    "E-mail": "E-mail",
    "As the browser": "Como o navegador",
    "Save": "Salvar",
    "Password": "Senha",
    "Changing it signs out all your other browsers.": (
        "Ao mudá-la, seus outros navegadores são desconectados."
    ),
    "You have none yet: you come in by links. Set one to sign in with your e-mail.": (
        "Você ainda não tem: entra por links. Defina uma para entrar com seu e-mail."
    ),
    "Present password": "Senha atual",
    "New password (at least 10 characters)": "Senha nova (ao menos 10 caracteres)",
    "Set password": "Definir senha",
    "This browser": "Este navegador",
    "Sign out": "Sair",
    "Sign in": "Entrar",
    "Sign in to Recado": "Entre no Recado",
    "No password yet? Use a sign-in link: an admin makes one under Team, or in the terminal:": (
        "Ainda sem senha? Use um link de acesso: um admin cria em Equipe, ou no terminal:"
    ),
    "Write as a customer would. The same assistant answers that WhatsApp gets.": (
        "Escreva como um cliente faria. Responde o mesmo assistente do WhatsApp."
    ),
    "Your business": "Seu negócio",
    "typing…": "digitando…",
    "online": "online",
    "Who writes": "Quem escreve",
    "New person": "Outra pessoa",
    "Messages on the phone": "Mensagens no telefone",
    "Suggestions": "Sugestões",
    "Write as {name}": "Escreva como {name}",
    "What the team sees": "O que a equipe vê",
    "Open in the inbox": "Abrir na entrada",
    "Here the team sees the conversation": "Aqui a equipe vê a conversa",
    "Tap a question on the phone, or write one. The assistant answers from the sample knowledge;"
    " ask for a person, and you can take over here.": (
        "Toque numa pergunta no telefone ou escreva uma. O assistente responde com o conhecimento"
        " de exemplo; peça uma pessoa e você pode assumir aqui."
    ),
    "Agents answer; supervisors also tend knowledge and dead letters; admins also lines and"
    " people.": (
        "Agentes respondem; supervisores também cuidam do conhecimento e das falhas; admins,"
        " também de linhas e pessoas."
    ),
    "A link for {name}": "Um link para {name}",
    "It signs in once, within three days. It is shown only now: copy it and send it.": (
        "Vale uma vez, por três dias. Só aparece agora: copie e envie."
    ),
    "Link": "Link",
    "Invite somebody": "Convide alguém",
    "Role": "Função",
    "Invite": "Convidar",
    "you": "você",
    "Role of {name}": "Função de {name}",
    "New sign-in link": "Novo link de acesso",
    "You have the word.": "Você tem a palavra.",
    "The assistant has the word again.": "O assistente tem a palavra de novo.",
    "Resolved.": "Resolvida.",
    "It is on its way again.": "Está a caminho de novo.",
    "{count} are on their way again.": "{count} estão a caminho de novo.",
    "Dropped.": "Descartada.",
    "The assistant answers from it now.": "O assistente já responde com isso.",
    "Removed.": "Removido.",
    "The line was added. Check it, then subscribe the webhook at Meta.": (
        "A linha foi adicionada. Verifique-a e depois assine o webhook na Meta."
    ),
    "Saved.": "Salvo.",
    "Your password is set. Other browsers were signed out.": (
        "Sua senha foi definida. Outros navegadores foram desconectados."
    ),
    "The e-mail or the password is not right.": "O e-mail ou a senha não estão certos.",
    "This link was used already, or its time is over. Ask for a new one.": (
        "Este link já foi usado ou venceu. Peça um novo."
    ),
    "Not found": "Não encontrado",
    "Not allowed": "Não permitido",
    "There is nothing at this address. It may have been moved or mistyped.": (
        "Não há nada neste endereço. Talvez tenha mudado ou esteja errado."
    ),
    "Your role does not include this. Ask an admin of your team.": (
        "Sua função não inclui isto. Fale com um admin da equipe."
    ),
    "admin": "admin",
    "supervisor": "supervisor",
    "agent": "agente",
    "open": "abertas",
    "replayed": "repetidas",
    "dropped": "descartadas",
    "low": "baixa",
    "normal": "normal",
    "high": "alta",
    "urgent": "urgente",
    "sales": "vendas",
    "support": "suporte",
    "billing": "cobrança",
    "complaints": "reclamações",
    "general": "geral",
    "positive": "positivo",
    "negative": "negativo",
    "neutral": "neutro",
    "mixed": "misto",
    "Negative sentiment detected": "Sentimento negativo",
    "Low AI confidence": "Pouca certeza do assistente",
    "Long conversation without resolution": "Conversa longa sem solução",
    "Escalation keywords detected": "Palavras de alerta",
    "Complex query detected": "Consulta complexa",
    "Customer asked for a person": "Pediu uma pessoa",
    "The contact asked for a person": "Pediu uma pessoa",
    "The assistant could not answer": "O assistente não conseguiu responder",
}

CATALOGUE: dict[str, dict[str, str]] = {"es": SPANISH, "pt": PORTUGUESE}

#: What messages hold, and the simulator's phone: English, Spanish, Portuguese.
MESSAGES = {
    "A place": ("Un lugar", "Um lugar"),
    "Amount": ("Importe", "Valor"),
    "Allow calls": ("Permitir llamadas", "Permitir chamadas"),
    "Answers": ("Respuestas", "Respostas"),
    "Asks about a product": ("Pregunta por un producto", "Pergunta sobre um produto"),
    "Attach": ("Adjuntar", "Anexar"),
    "Before the edit": ("Antes de editarlo", "Antes da edição"),
    "Billed": ("Con cargo", "Cobrada"),
    "Billed by the provider": ("Lo cobra el proveedor", "Cobrada pelo provedor"),
    "Call": ("Llamada", "Chamada"),
    "Call now": ("Llamar ahora", "Ligar agora"),
    "Does not want calls": ("No quiere llamadas", "Não quer chamadas"),
    "Give the address": ("Dar la dirección", "Informar o endereço"),
    "Not now": ("Ahora no", "Agora não"),
    "You may call": ("Puedes llamar", "Você pode ligar"),
    "Call from the customer": ("Llamada del cliente", "Chamada do cliente"),
    "Call to the customer": ("Llamada al cliente", "Chamada para o cliente"),
    "Came from a post": ("Llegó por una publicación", "Veio de uma publicação"),
    "Came from an ad": ("Llegó por un anuncio", "Veio de um anúncio"),
    "Cancel": ("Cancelar", "Cancelar"),
    "Cards": ("Tarjetas", "Cartões"),
    "Cart": ("Carrito", "Carrinho"),
    "Choose at least one product.": (
        "Elige al menos un producto.",
        "Escolha pelo menos um produto.",
    ),
    "Copy the code": ("Copiar el código", "Copiar o código"),
    "Currency": ("Moneda", "Moeda"),
    "Delete for everyone": ("Eliminar para todos", "Apagar para todos"),
    "Deleted": ("Eliminado", "Apagada"),
    "Deleted by the customer": ("El cliente lo eliminó", "O cliente apagou"),
    "Edit": ("Editar", "Editar"),
    "Editing": ("Editando", "Editando"),
    "Forwarded": ("Reenviado", "Encaminhada"),
    "Forwarded many times": ("Reenviado muchas veces", "Encaminhada muitas vezes"),
    "Free": ("Gratis", "Grátis"),
    "From a picture": ("De una imagen", "De uma imagem"),
    "From the business's own phone": (
        "Desde el teléfono del negocio",
        "Do telefone do próprio negócio",
    ),
    "Latitude": ("Latitud", "Latitude"),
    "Longitude": ("Longitud", "Longitude"),
    "Name of the place": ("Nombre del lugar", "Nome do lugar"),
    "No": ("No", "Não"),
    "Note to the business": ("Nota para el negocio", "Observação para o negócio"),
    "Open": ("Abrir", "Abrir"),
    "Open the map": ("Abrir el mapa", "Abrir o mapa"),
    "Phone number": ("Número de teléfono", "Número de telefone"),
    "Photo or video": ("Foto o video", "Foto ou vídeo"),
    "Price": ("Precio", "Preço"),
    "Price category": ("Categoría de precio", "Categoria de preço"),
    "Price model": ("Modelo de precio", "Modelo de preço"),
    "Product": ("Producto", "Produto"),
    "Quantity": ("Cantidad", "Quantidade"),
    "React": ("Reaccionar", "Reagir"),
    "Reaction": ("Reacción", "Reação"),
    "Record a voice message": ("Grabar un mensaje de voz", "Gravar uma mensagem de voz"),
    "Recording…": ("Grabando…", "Gravando…"),
    "Reply to": ("Responder a", "Responder a"),
    "Send contact": ("Enviar contacto", "Enviar contato"),
    "Send location": ("Enviar ubicación", "Enviar localização"),
    "Send the order": ("Enviar el pedido", "Enviar o pedido"),
    "Send the voice message": ("Enviar el mensaje de voz", "Enviar a mensagem de voz"),
    "Sent as template {name}": (
        "Enviado como plantilla {name}",
        "Enviada como modelo {name}",
    ),
    "That is not a JSON object.": ("Eso no es un objeto JSON.", "Isso não é um objeto JSON."),
    "The customer": ("El cliente", "O cliente"),
    "The file is not here": ("El archivo no está aquí", "O arquivo não está aqui"),
    "The microphone is not free. Choose an audio file instead.": (
        "El micrófono no está disponible. Elige un archivo de audio.",
        "O microfone não está disponível. Escolha um arquivo de áudio.",
    ),
    "The simulator does not draw the form. Write the answers that it would send, as JSON.": (
        "El simulador no dibuja el formulario. Escribe en JSON las respuestas que enviaría.",
        "O simulador não desenha o formulário. Escreva em JSON as respostas que ele enviaria.",
    ),
    "The simulator does not have the catalogue. Name a product from it.": (
        "El simulador no tiene el catálogo. Escribe uno de sus productos.",
        "O simulador não tem o catálogo. Escreva um produto dele.",
    ),
    "This message was deleted": ("Se eliminó este mensaje", "Esta mensagem foi apagada"),
    "Throw the recording away": ("Descartar la grabación", "Descartar a gravação"),
    "Total": ("Total", "Total"),
    "View catalogue": ("Ver catálogo", "Ver catálogo"),
    "View products": ("Ver productos", "Ver produtos"),
    "Waits until the customer writes again": (
        "Espera a que el cliente vuelva a escribir",
        "Espera o cliente escrever de novo",
    ),
    "What to do with this message": (
        "Qué hacer con este mensaje",
        "O que fazer com esta mensagem",
    ),
    "Somebody chose this template.": (
        "Alguien eligió esta plantilla.",
        "Alguém escolheu este modelo.",
    ),
    "More than 24 hours have passed since the customer's last message.": (
        "Pasaron más de 24 horas desde el último mensaje del cliente.",
        "Passaram mais de 24 horas desde a última mensagem do cliente.",
    ),
    "WhatsApp says that the 24 hours are over.": (
        "WhatsApp dice que las 24 horas terminaron.",
        "O WhatsApp diz que as 24 horas acabaram.",
    ),
    "The line's template could not stand in.": (
        "No se pudo usar la plantilla de la línea.",
        "Não foi possível usar o modelo da linha.",
    ),
    "Not sent: it was resolved before it could go.": (
        "No enviado: se resolvió antes de poder salir.",
        "Não enviada: foi resolvida antes de poder sair.",
    ),
    "It was taken back before it was sent.": (
        "Se retiró antes de enviarse.",
        "Foi retirada antes do envio.",
    ),
    "Through another app": ("Por otra aplicación", "Por outro aplicativo"),
    "ringing": ("sonando", "tocando"),
    "accepted": ("contestada", "atendida"),
    "completed": ("terminada", "encerrada"),
    "ended": ("terminada", "encerrada"),
    "rejected": ("rechazada", "recusada"),
    "failed": ("no se logró", "não completada"),
    "Yes": ("Sí", "Sim"),
    "You deleted this message": ("Eliminaste este mensaje", "Você apagou esta mensagem"),
    "edited": ("editado", "editada"),
    "marketing": ("marketing", "marketing"),
    "utility": ("utilidad", "utilidade"),
    "authentication": ("autenticación", "autenticação"),
    "authentication international": ("autenticación internacional", "autenticação internacional"),
    "service": ("servicio", "serviço"),
    "referral conversion": ("conversión desde un anuncio", "conversão de um anúncio"),
}
for _english, (_spanish, _portuguese) in MESSAGES.items():
    SPANISH.setdefault(_english, _spanish)
    PORTUGUESE.setdefault(_english, _portuguese)

#: Lines: English, Spanish, Portuguese.
LINES: dict[str, tuple[str, str]] = {
    "A code such as es_MX, or contact: the customer's own.": (
        "Un código como es_MX, o contact: el del cliente.",
        "Um código como pt_BR, ou contact: o do cliente.",
    ),
    "A test message from Recado.": (
        "Un mensaje de prueba de Recado.",
        "Uma mensagem de teste do Recado.",
    ),
    "Add a line": ("Agregar una línea", "Adicionar uma linha"),
    "After the 24 hours": ("Pasadas las 24 horas", "Depois das 24 horas"),
    "Afterwards": ("Después", "Depois"),
    "As your team calls it.": ("Como la llama tu equipo.", "Como sua equipe a chama."),
    "Connect": ("Conectar", "Conectar"),
    "Connected.": ("Conectada.", "Conectada."),
    "Connection with the phone": ("Conexión con el teléfono", "Conexão com o telefone"),
    "Disconnect": ("Desconectar", "Desconectar"),
    "Disconnect the phone? Nothing goes out or comes in until you connect it again.": (
        "¿Desconectar el teléfono? Nada sale ni entra hasta que lo vuelvas a conectar.",
        "Desconectar o telefone? Nada sai nem entra até você conectá-lo de novo.",
    ),
    "Does it receive?": ("¿Recibe?", "Ela recebe?"),
    "Empty: as fast as the channel allows.": (
        "Vacío: tan rápido como el canal permita.",
        "Vazio: tão rápido quanto o canal permitir.",
    ),
    "Enter the same there as {label}:": (
        "Escribe allí lo mismo como {label}:",
        "Coloque lá o mesmo como {label}:",
    ),
    "Enter this webhook URL at the vendor:": (
        "Escribe esta URL de webhook en el proveedor:",
        "Coloque esta URL de webhook no provedor:",
    ),
    "Enter what the vendor gives you. It is stored encrypted and never shown again.": (
        "Escribe lo que te da el proveedor. Se guarda cifrado y no se vuelve a mostrar.",
        "Coloque o que o provedor dá a você. Fica cifrado e não é mostrado de novo.",
    ),
    "Enter {url} at the vendor, subscribe to messages, and write to the number.": (
        "Escribe {url} en el proveedor, suscríbete a los mensajes y escribe al número.",
        "Coloque {url} no provedor, assine as mensagens e escreva para o número.",
    ),
    "Fine": ("Bien", "Certo"),
    "Forgotten? Replace it below, then enter the new one there.": (
        "¿Lo olvidaste? Reemplázalo abajo y escribe el nuevo allí.",
        "Esqueceu? Substitua abaixo e coloque o novo lá.",
    ),
    "Is the proxy or tunnel running, and does it lead to Recado? Some networks cannot call their"
    " own public address: then try it from outside.": (
        (
            "¿Está en marcha el proxy o el túnel, y lleva a Recado? Algunas redes no pueden"
            " llamar a su"
            " propia dirección pública: entonces prueba desde fuera."
        ),
        (
            "O proxy ou túnel está rodando e leva ao Recado? Algumas redes não conseguem chamar o"
            " próprio endereço público: então tente de fora."
        ),
    ),
    "It goes the way of every message, and its conversation shows in the inbox.": (
        "Va por el camino de todo mensaje, y su conversación aparece en la bandeja.",
        "Vai pelo caminho de toda mensagem, e a conversa aparece na caixa de entrada.",
    ),
    "It is switched off: what comes in is kept and shown, but replies wait here until you enable"
    " it.": (
        (
            "Está desactivada: lo que entra se guarda y se muestra, pero las respuestas"
            " esperan aquí"
            " hasta que la actives."
        ),
        (
            "Está desativada: o que entra é guardado e mostrado, mas as respostas esperam aqui até"
            " você ativá-la."
        ),
    ),
    "It waits until the customer writes: outside the 24 hours only templates go out.": (
        "Espera a que el cliente escriba: fuera de las 24 horas solo salen plantillas.",
        "Espera até o cliente escrever: fora das 24 horas só saem modelos.",
    ),
    "Its language": ("Su idioma", "Seu idioma"),
    "Its variables, one a line": ("Sus variables, una por línea", "Suas variáveis, uma por linha"),
    "Last refused": ("Último rechazo", "Última recusa"),
    "Last webhook": ("Último webhook", "Último webhook"),
    "Let the proxy pass every path to Recado, {path} too.": (
        "Haz que el proxy pase todas las rutas a Recado, también {path}.",
        "Faça o proxy passar todos os caminhos ao Recado, também {path}.",
    ),
    "Let the vendor send its webhooks to this address:": (
        "Haz que el proveedor envíe sus webhooks a esta dirección:",
        "Faça o provedor enviar seus webhooks a este endereço:",
    ),
    "Log": ("Registro", "Registro"),
    "Messages per second": ("Mensajes por segundo", "Mensagens por segundo"),
    "Name and credentials": ("Nombre y credenciales", "Nome e credenciais"),
    "No webhook has come yet": ("Aún no llegó ningún webhook", "Nenhum webhook chegou ainda"),
    "No webhook has ever come for this line.": (
        "Nunca llegó un webhook para esta línea.",
        "Nunca chegou um webhook para esta linha.",
    ),
    "Not connected.": ("Sin conexión.", "Sem conexão."),
    "On the phone: WhatsApp, Linked devices, Link a device. Then scan this code; it changes every"
    " few seconds.": (
        (
            "En el teléfono: WhatsApp, Dispositivos vinculados, Vincular un dispositivo."
            " Escanea este"
            " código; cambia cada pocos segundos."
        ),
        (
            "No telefone: WhatsApp, Dispositivos conectados, Conectar dispositivo. Leia"
            " este código;"
            " ele muda a cada poucos segundos."
        ),
    ),
    "Only a line without conversations can be removed; disable any other.": (
        "Solo se puede quitar una línea sin conversaciones; desactiva las demás.",
        "Só se pode remover uma linha sem conversas; desative as outras.",
    ),
    "Or type this code on the phone:": (
        "O escribe este código en el teléfono:",
        "Ou digite este código no telefone:",
    ),
    "Phone number with country code": (
        "Número de teléfono con código de país",
        "Número de telefone com código do país",
    ),
    "Put TLS in front of Recado and write the address with https://.": (
        "Pon TLS delante de Recado y escribe la dirección con https://.",
        "Ponha TLS na frente do Recado e escreva o endereço com https://.",
    ),
    "QR code": ("Código QR", "Código QR"),
    "RECADO_PUBLIC_URL is not set: the vendor has no address to call.": (
        "RECADO_PUBLIC_URL no está definida: el proveedor no tiene adónde llamar.",
        "RECADO_PUBLIC_URL não está definida: o provedor não tem para onde chamar.",
    ),
    "RECADO_PUBLIC_URL is {url}; vendors call https:// only.": (
        "RECADO_PUBLIC_URL es {url}; los proveedores solo llaman a https://.",
        "RECADO_PUBLIC_URL é {url}; os provedores só chamam https://.",
    ),
    "Remove the line": ("Quitar la línea", "Remover a linha"),
    "Remove this line?": ("¿Quitar esta línea?", "Remover esta linha?"),
    "Replace": ("Reemplazar", "Substituir"),
    "Replace credentials": ("Reemplazar credenciales", "Substituir credenciais"),
    "Send a test message": ("Enviar un mensaje de prueba", "Enviar uma mensagem de teste"),
    "Set it to how the outside reaches Recado over https, then enter {path} there.": (
        "Pon la dirección https por la que se llega a Recado desde fuera, y escribe {path} allí.",
        "Coloque o endereço https por onde se chega ao Recado de fora, e coloque {path} lá.",
    ),
    "Settings": ("Ajustes", "Ajustes"),
    "Text": ("Texto", "Texto"),
    "The approved template that goes out then. Without one, messages wait until the customer"
    " writes again.": (
        (
            "La plantilla aprobada que sale entonces. Sin ella, los mensajes esperan a que"
            " el cliente"
            " vuelva a escribir."
        ),
        (
            "O modelo aprovado que sai então. Sem ele, as mensagens esperam até o cliente"
            " escrever de"
            " novo."
        ),
    ),
    "The line was added. Now let its webhooks come in.": (
        "La línea se agregó. Ahora haz que lleguen sus webhooks.",
        "A linha foi adicionada. Agora faça seus webhooks chegarem.",
    ),
    "The newest webhook was refused": (
        "El último webhook se rechazó",
        "O último webhook foi recusado",
    ),
    "The newest webhook was refused: {reason}": (
        "El último webhook se rechazó: {reason}",
        "O último webhook foi recusado: {reason}",
    ),
    "The vendor must reach it over https: set RECADO_PUBLIC_URL to your public address.": (
        "El proveedor debe llegar por https: pon en RECADO_PUBLIC_URL tu dirección pública.",
        "O provedor precisa chegar por https: coloque em RECADO_PUBLIC_URL seu endereço público.",
    ),
    "There is no line yet.": ("Aún no hay ninguna línea.", "Ainda não há nenhuma linha."),
    "They stand in the settings (environment or .env): change them there and restart.": (
        "Están en la configuración (entorno o .env): cámbialas allí y reinicia.",
        "Estão na configuração (ambiente ou .env): mude-as lá e reinicie.",
    ),
    "This channel needs no webhook: Recado itself brings its messages.": (
        "Este canal no necesita webhook: Recado mismo trae sus mensajes.",
        "Este canal não precisa de webhook: o próprio Recado traz as mensagens.",
    ),
    "To": ("Para", "Para"),
    "To be mended": ("Por arreglar", "A corrigir"),
    "Webhook URL": ("URL del webhook", "URL do webhook"),
    "Webhooks arrive.": ("Los webhooks llegan.", "Os webhooks chegam."),
    "What a message costs you": ("Lo que te cuesta un mensaje", "Quanto custa uma mensagem"),
    "What the vendor last told": (
        "Lo último que informó el proveedor",
        "O que o provedor informou por último",
    ),
    "What you leave empty stays as it is.": (
        "Lo que dejes vacío queda como está.",
        "O que você deixar vazio fica como está.",
    ),
    "When it is disabled, what comes in is kept and shown; replies wait until it is enabled.": (
        "Desactivada, lo que entra se guarda y se muestra; las respuestas esperan a que se active.",
        "Desativada, o que entra é guardado e mostrado; as respostas esperam até ser ativada.",
    ),
    "Which channel is it on?": ("¿En qué canal está?", "Em qual canal ela está?"),
    "Why do webhooks not arrive?": (
        "¿Por qué no llegan los webhooks?",
        "Por que os webhooks não chegam?",
    ),
    "Worth knowing": ("Conviene saber", "Vale saber"),
    "Write to the line from a phone, then ask here:": (
        "Escribe a la línea desde un teléfono y pregunta aquí:",
        "Escreva para a linha de um telefone e pergunte aqui:",
    ),
    "never": ("nunca", "nunca"),
    "not set": ("sin definir", "não definida"),
    "optional": ("opcional", "opcional"),
    "the customer's name": ("el nombre del cliente", "o nome do cliente"),
    "the message itself": ("el mensaje mismo", "a própria mensagem"),
    "trouble": ("problema", "problema"),
    "quality": ("calidad", "qualidade"),
    "connection": ("conexión", "conexão"),
    "status": ("estado", "estado"),
    "Currency": ("Moneda", "Moeda"),
    "marketing": ("marketing", "marketing"),
    "utility": ("utilidad", "utilidade"),
    "authentication": ("autenticación", "autenticação"),
    "service": ("servicio", "serviço"),
    "{label} is missing: every webhook is refused.": (
        "Falta {label}: se rechaza todo webhook.",
        "Falta {label}: todo webhook é recusado.",
    ),
    "{label} is missing: the vendor cannot subscribe the webhook.": (
        "Falta {label}: el proveedor no puede suscribir el webhook.",
        "Falta {label}: o provedor não consegue assinar o webhook.",
    ),
    "{url} answers, but it is not Recado: {reason}.": (
        "{url} responde, pero no es Recado: {reason}.",
        "{url} responde, mas não é o Recado: {reason}.",
    ),
    "{url} reaches Recado.": ("{url} llega a Recado.", "{url} chega ao Recado."),
    "{url} was not reached from here: {reason}.": (
        "No se llegó a {url} desde aquí: {reason}.",
        "Não se chegou a {url} daqui: {reason}.",
    ),
}
for _english, (_spanish, _portuguese) in LINES.items():
    SPANISH.setdefault(_english, _spanish)
    PORTUGUESE.setdefault(_english, _portuguese)

#: Templates and the 24 hours.
TEMPLATES = {
    "Templates": ("Plantillas", "Modelos"),
    "Template": ("Plantilla", "Modelo"),
    "Send a template": ("Enviar una plantilla", "Enviar um modelo"),
    "What may be sent when the 24 hours since the customer's last message are over.": (
        "Lo que se puede enviar cuando pasaron las 24 horas desde el último mensaje del cliente.",
        "O que pode ser enviado quando passaram as 24 horas desde a última mensagem do cliente.",
    ),
    "Synchronised": ("Sincronizadas", "Sincronizados"),
    "Not synchronised yet": ("Aún sin sincronizar", "Ainda não sincronizados"),
    "Synchronise": ("Sincronizar", "Sincronizar"),
    "{count} templates.": ("{count} plantillas.", "{count} modelos."),
    "Quality": ("Calidad", "Qualidade"),
    "No templates. Make them in the vendor's manager, then synchronise.": (
        "No hay plantillas. Créalas en el administrador del proveedor y sincroniza.",
        "Não há modelos. Crie-os no gerenciador do provedor e sincronize.",
    ),
    "No line has templates. They come with a WhatsApp or Twilio line.": (
        "Ninguna línea tiene plantillas. Vienen con una línea de WhatsApp o Twilio.",
        "Nenhuma linha tem modelos. Eles vêm com uma linha do WhatsApp ou da Twilio.",
    ),
    "This line has no approved template yet. Synchronise them under Templates.": (
        "Esta línea aún no tiene plantillas aprobadas. Sincronízalas en Plantillas.",
        "Esta linha ainda não tem modelos aprovados. Sincronize-os em Modelos.",
    ),
    "The 24 hours are over: what you write goes in the template “{name}”.": (
        "Pasaron las 24 horas: lo que escribas va en la plantilla «{name}».",
        "Passaram as 24 horas: o que você escrever vai no modelo “{name}”.",
    ),
    "The 24 hours are over: “{name}” invites the contact; what you write waits for the answer.": (
        "Pasaron las 24 horas: «{name}» invita al contacto; lo que escribas espera su respuesta.",
        "Passaram as 24 horas: “{name}” convida o contato; o que você escrever espera a resposta.",
    ),
    "The 24 hours are over: what you write waits for the contact. A template goes at once.": (
        "Pasaron las 24 horas: lo que escribas espera al contacto. Una plantilla sale enseguida.",
        "Passaram as 24 horas: o que você escrever espera o contato. Um modelo sai na hora.",
    ),
    "Until then you can write freely": (
        "Hasta entonces puedes escribir libremente",
        "Até lá você pode escrever livremente",
    ),
    "Take it back": ("Retirarlo", "Retirar"),
    "Variable": ("Variable", "Variável"),
    "Link to the picture": ("Enlace de la imagen", "Link da imagem"),
    "Link to the video": ("Enlace del video", "Link do vídeo"),
    "Link to the document": ("Enlace del documento", "Link do documento"),
    "Latitude, longitude, name, address": (
        "Latitud, longitud, nombre, dirección",
        "Latitude, longitude, nome, endereço",
    ),
    "End of the link": ("Final del enlace", "Final do link"),
    "Code": ("Código", "Código"),
    "What the button reports": ("Lo que informa el botón", "O que o botão informa"),
    "Token of the form": ("Token del formulario", "Token do formulário"),
    "Minutes one may call": ("Minutos para llamar", "Minutos para ligar"),
    "When the offer ends (Unix time in ms)": (
        "Cuándo termina la oferta (hora Unix en ms)",
        "Quando a oferta termina (hora Unix em ms)",
    ),
    "Product in the picture": ("Producto de la imagen", "Produto da imagem"),
    "approved": ("aprobada", "aprovado"),
    "pending": ("en revisión", "em análise"),
    "rejected": ("rechazada", "rejeitado"),
    "paused": ("en pausa", "pausado"),
    "disabled": ("desactivada", "desativado"),
    "unknown": ("desconocido", "desconhecido"),
    "marketing": ("marketing", "marketing"),
    "utility": ("utilidad", "utilidade"),
    "authentication": ("autenticación", "autenticação"),
}
for _english, (_spanish, _portuguese) in TEMPLATES.items():
    SPANISH.setdefault(_english, _spanish)
    PORTUGUESE.setdefault(_english, _portuguese)
