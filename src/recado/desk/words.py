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
