"""What messages hold, how they went, and what happened between them.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "As it came": ("Tal como llegó", "Como chegou"),
    "Voice message": ("Mensaje de voz", "Mensagem de voz"),
    "Tapped": ("Eligió", "Escolheu"),
    "Form": ("Formulario", "Formulário"),
    "Reacted": ("Reaccionó", "Reagiu"),
    "Took a reaction back": ("Quitó una reacción", "Retirou uma reação"),
    "Edited an earlier message to:": (
        "Editó un mensaje anterior:",
        "Editou uma mensagem anterior:",
    ),
    "Deleted an earlier message": ("Eliminó un mensaje anterior", "Apagou uma mensagem anterior"),
    "Something changed at the contact's side": (
        "Algo cambió del lado del contacto",
        "Algo mudou do lado do contato",
    ),
    "A message that WhatsApp does not pass on": (
        "Un mensaje que WhatsApp no entrega",
        "Uma mensagem que o WhatsApp não entrega",
    ),
    "A kind of message that Recado does not know": (
        "Un tipo de mensaje que Recado no conoce",
        "Um tipo de mensagem que o Recado não conhece",
    ),
    "Automatic notice": ("Aviso automático", "Aviso automático"),
    "Not sent: a person took over first.": (
        "No se envió: una persona tomó la conversación antes.",
        "Não enviada: uma pessoa assumiu antes.",
    ),
    "no reason given": ("sin motivo", "sem motivo"),
    "Nobody can tell whether this arrived.": (
        "Nadie puede saber si esto llegó.",
        "Ninguém consegue saber se isto chegou.",
    ),
    (
        "It left, and no receipt came. It is not sent twice by itself: look at the phone, or ask,"
        " and decide."
    ): (
        (
            "Salió y no llegó ningún acuse. No se envía dos veces por su cuenta: mira el teléfono,"
            " o pregunta, y decide."
        ),
        (
            "Saiu e não chegou nenhuma confirmação. Não é enviado duas vezes por conta própria:"
            " olhe o telefone, ou pergunte, e decida."
        ),
    ),
    "How it went": ("Cómo le fue", "Como foi"),
    "It arrived": ("Llegó", "Chegou"),
    "Send again": ("Enviar otra vez", "Enviar de novo"),
    "{share} sure": ("{share} de certeza", "{share} de certeza"),
    "Why this answer": ("Por qué esta respuesta", "Por que esta resposta"),
    "Handed over to the team": ("Pasó al equipo", "Passou para a equipe"),
    "{name} took over": ("{name} tomó la conversación", "{name} assumiu"),
    "{name} handed back to the assistant": (
        "{name} la devolvió al asistente",
        "{name} devolveu ao assistente",
    ),
    "{name} resolved it": ("{name} la resolvió", "{name} resolveu"),
    "Open again": ("Abierta otra vez", "Aberta de novo"),
    "A reply of the assistant was dropped: a person had the word": (
        "Se descartó una respuesta del asistente: una persona tenía la palabra",
        "Uma resposta do assistente foi descartada: uma pessoa tinha a palavra",
    ),
    "Told how many wait before them: {count}": (
        "Se le dijo cuántas esperan antes: {count}",
        "Informado de quantas esperam antes: {count}",
    ),
    "The same person wrote under a new number or user id: their conversation is part of this one": (
        "La misma persona escribió con otro número o id: su conversación es parte de esta",
        "A mesma pessoa escreveu com outro número ou id: a conversa dela faz parte desta",
    ),
    "Another contact claims this too, so the two stay apart. Look whether it is one person.": (
        "Otro contacto también lo tiene, así que siguen separados. Mira si es una sola persona.",
        "Outro contato também tem isso, então seguem separados. Veja se é uma só pessoa.",
    ),
    "A line says that they go by this now. It is not used before somebody has looked at it.": (
        "Una línea dice que ahora usa esto. No se usa hasta que alguien lo haya mirado.",
        "Uma linha diz que agora usa isto. Não é usado até alguém ter olhado.",
    ),
    "{name} said that two contacts are the same person": (
        "{name} dijo que dos contactos son la misma persona",
        "{name} disse que dois contatos são a mesma pessoa",
    ),
    "{name} said that two contacts are not the same person": (
        "{name} dijo que dos contactos no son la misma persona",
        "{name} disse que dois contatos não são a mesma pessoa",
    ),
    "Are they the same person? Their conversations become one, and that cannot be undone.": (
        "¿Son la misma persona? Sus conversaciones se unen, y eso no se puede deshacer.",
        "São a mesma pessoa? As conversas se juntam, e isso não pode ser desfeito.",
    ),
    "Is it theirs? What the team writes goes there from now on.": (
        "¿Es suyo? Lo que escriba el equipo irá allí desde ahora.",
        "É dessa pessoa? O que a equipe escrever irá para lá a partir de agora.",
    ),
    "The same person": ("La misma persona", "A mesma pessoa"),
    "It is theirs": ("Es suyo", "É dessa pessoa"),
    "Not the same": ("No es la misma", "Não é a mesma"),
    "Not theirs": ("No es suyo", "Não é dessa pessoa"),
    "A supervisor decides it here.": (
        "Lo decide aquí un supervisor.",
        "Um supervisor decide aqui.",
    ),
    "They are one person now.": ("Ahora son una sola persona.", "Agora são uma só pessoa."),
    "They stay two people.": ("Siguen siendo dos personas.", "Seguem sendo duas pessoas."),
    "Wants no marketing messages": (
        "No quiere mensajes de marketing",
        "Não quer mensagens de marketing",
    ),
    "the other contact": ("el otro contacto", "o outro contato"),
    "Note by {name}": ("Nota de {name}", "Nota de {name}"),
    "the team": ("el equipo", "a equipe"),
    "Amount": ("Importe", "Valor"),
    "Allow calls": ("Permitir llamadas", "Permitir chamadas"),
    "Asks about a product": ("Pregunta por un producto", "Pergunta sobre um produto"),
    "Billed": ("Con cargo", "Cobrada"),
    "Billed by the provider": ("Lo cobra el proveedor", "Cobrada pelo provedor"),
    "Call now": ("Llamar ahora", "Ligar agora"),
    "Does not want calls": ("No quiere llamadas", "Não quer chamadas"),
    "Share the phone number": ("Compartir el número", "Compartilhar o número"),
    "Review and pay": ("Revisar y pagar", "Revisar e pagar"),
    "Give the address": ("Dar la dirección", "Informar o endereço"),
    "You may call": ("Puedes llamar", "Você pode ligar"),
    "Call from the customer": ("Llamada del cliente", "Chamada do cliente"),
    "Call to the customer": ("Llamada al cliente", "Chamada para o cliente"),
    "Came from a post": ("Llegó por una publicación", "Veio de uma publicação"),
    "Came from an ad": ("Llegó por un anuncio", "Veio de um anúncio"),
    "Cards": ("Tarjetas", "Cartões"),
    "Copy the code": ("Copiar el código", "Copiar o código"),
    "Deleted": ("Eliminado", "Apagada"),
    "Deleted by the customer": ("El cliente lo eliminó", "O cliente apagou"),
    "Forwarded": ("Reenviado", "Encaminhada"),
    "Forwarded many times": ("Reenviado muchas veces", "Encaminhada muitas vezes"),
    "Free": ("Gratis", "Grátis"),
    "From the business's own phone": (
        "Desde el teléfono del negocio",
        "Do telefone do próprio negócio",
    ),
    "No": ("No", "Não"),
    "Open": ("Abrir", "Abrir"),
    "Open the map": ("Abrir el mapa", "Abrir o mapa"),
    "Price category": ("Categoría de precio", "Categoria de preço"),
    "Price model": ("Modelo de precio", "Modelo de preço"),
    "Send location": ("Enviar ubicación", "Enviar localização"),
    "Sent as template {name}": ("Enviado como plantilla {name}", "Enviada como modelo {name}"),
    "The file is not here": ("El archivo no está aquí", "O arquivo não está aqui"),
    "Total": ("Total", "Total"),
    "View catalogue": ("Ver catálogo", "Ver catálogo"),
    "View products": ("Ver productos", "Ver produtos"),
    "Waits until the customer writes again": (
        "Espera a que el cliente vuelva a escribir",
        "Espera o cliente escrever de novo",
    ),
    "What to do with this message": ("Qué hacer con este mensaje", "O que fazer com esta mensagem"),
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
    "edited": ("editado", "editada"),
    "marketing": ("marketing", "marketing"),
    "utility": ("utilidad", "utilidade"),
    "authentication": ("autenticación", "autenticação"),
    "authentication international": ("autenticación internacional", "autenticação internacional"),
    "service": ("servicio", "serviço"),
    "referral conversion": ("conversión desde un anuncio", "conversão de um anúncio"),
    "Take it back": ("Retirarlo", "Retirar"),
    "Someone on the business's phone": (
        "Alguien desde el teléfono del negocio",
        "Alguém no telefone da empresa",
    ),
    "Another app": ("Otra aplicación", "Outro aplicativo"),
}
