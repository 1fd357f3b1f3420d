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
    "Sent an order from the catalogue": (
        "Mandó un pedido del catálogo",
        "Enviou um pedido do catálogo",
    ),
    "The person has stopped marketing messages: it waits until they want them again.": (
        "La persona dejó de recibir marketing: espera hasta que lo quiera otra vez.",
        "A pessoa parou de receber marketing: espera até que queira de novo.",
    ),
    "Customer asked for a person": ("Pidió hablar con una persona", "Pediu uma pessoa"),
    "The assistant did not know twice in a row": (
        "El asistente no supo dos veces seguidas",
        "O assistente não soube duas vezes seguidas",
    ),
    "A complaint that nothing known answers": (
        "Una queja que nada de lo aprendido responde",
        "Uma reclamação que nada do que foi aprendido responde",
    ),
    "Second complaint about the same matter": (
        "Segundo reclamo por lo mismo",
        "Segunda reclamação pelo mesmo motivo",
    ),
    "Complaint with a picture": ("Reclamo con foto", "Reclamação com foto"),
    "Wants their money back": ("Pide su dinero de vuelta", "Pede o dinheiro de volta"),
    "Wants to cancel": ("Quiere cancelar", "Quer cancelar"),
    "Reservation with its details": ("Reserva con sus datos", "Reserva com os dados"),
    "Big order with its details": (
        "Pedido grande con sus datos",
        "Pedido grande com os dados",
    ),
    "Sent the details that were asked for": (
        "Envió los datos que se le pidieron",
        "Enviou os dados pedidos",
    ),
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
    "The provider refused the message": (
        "El proveedor rechazó el mensaje",
        "O provedor recusou a mensagem",
    ),
    "A fault at Meta's side.": ("Una falla de Meta.", "Uma falha da Meta."),
    "Meta refuses the message; its own words say why.": (
        "Meta rechaza el mensaje; sus propias palabras dicen por qué.",
        "A Meta recusa a mensagem; as palavras dela dizem por quê.",
    ),
    "The token lacks a permission: give its system user whatsapp_business_messaging and access "
    "to this WhatsApp account, then create a new token.": (
        (
            "Falta un permiso: da al usuario del sistema del token whatsapp_business_messaging y"
            " acceso a esta cuenta de WhatsApp, y crea un token nuevo."
        ),
        (
            "Falta uma permissão ao token: dê ao usuário do sistema whatsapp_business_messaging e"
            " acesso a esta conta do WhatsApp, e crie um token novo."
        ),
    ),
    "The access token has expired or was revoked: create a permanent one for a system user and "
    "save it on the line.": (
        (
            "El token de acceso venció o se revocó: crea uno permanente para un usuario del sistema"
            " y guárdalo en la línea."
        ),
        (
            "O token de acesso venceu ou foi revogado: crie um permanente de usuário do sistema e"
            " salve-o na linha."
        ),
    ),
    "Meta has restricted the WhatsApp account for a policy violation: see Account quality in "
    "Meta Business Suite.": (
        (
            "Meta restringió la cuenta de WhatsApp por infringir una política: mira Calidad de la"
            " cuenta en Meta Business Suite."
        ),
        (
            "A Meta restringiu a conta do WhatsApp por uma violação: veja Qualidade da conta no"
            " Meta Business Suite."
        ),
    ),
    "Meta cannot charge the account: mend its payment method in Meta's billing hub.": (
        "Meta no puede cobrar a la cuenta: corrige el medio de pago en la facturación de Meta.",
        "A Meta não consegue cobrar a conta: corrija a forma de pagamento no faturamento da Meta.",
    ),
    "A part of the message is missing or has a value that Meta does not take.": (
        "Falta una parte del mensaje o tiene un valor que Meta no acepta.",
        "Falta uma parte da mensagem ou ela tem um valor que a Meta não aceita.",
    ),
    "The person cannot get it: not on WhatsApp, an old app, terms not accepted, or they have "
    "blocked the business. Reach them another way.": (
        (
            "La persona no puede recibirlo: no tiene WhatsApp o la app es antigua, no aceptó los"
            " términos o bloqueó al negocio. Búscala por otro medio."
        ),
        (
            "A pessoa não pode recebê-la: não está no WhatsApp, tem um app antigo, não aceitou os"
            " termos ou bloqueou a empresa. Fale com ela por outro meio."
        ),
    ),
    "Meta holds marketing back from this person: try again in a day or more.": (
        "Meta limita el marketing a esta persona: prueba dentro de un día o más.",
        "A Meta limita o marketing para esta pessoa: tente daqui a um dia ou mais.",
    ),
    "More than 24 hours have passed since the person last wrote: only a template may be sent.": (
        "Pasaron más de 24 horas desde que la persona escribió: solo puede salir una plantilla.",
        "Passaram mais de 24 horas desde que a pessoa escreveu: só se pode enviar um modelo.",
    ),
    "Too many messages to this person in a short time.": (
        "Demasiados mensajes a esta persona en poco tiempo.",
        "Mensagens demais para esta pessoa em pouco tempo.",
    ),
    "Meta could not send it and does not say why.": (
        "Meta no pudo enviarlo y no dice por qué.",
        "A Meta não conseguiu enviá-la e não diz por quê.",
    ),
    "The line cannot write to its own number.": (
        "La línea no puede escribirse a sí misma.",
        "A linha não pode escrever para si mesma.",
    ),
    "Meta cannot use the file: check its type, its size and that its link opens.": (
        "Meta no puede usar el archivo: revisa su tipo, su tamaño y que su enlace abra.",
        "A Meta não pode usar o arquivo: confira o tipo, o tamanho e se o link abre.",
    ),
    "There is no approved template of that name and language.": (
        "No hay una plantilla aprobada con ese nombre e idioma.",
        "Não há modelo aprovado com esse nome e idioma.",
    ),
    "The person has stopped marketing messages of this business.": (
        "La persona dejó de recibir marketing de este negocio.",
        "A pessoa parou de receber marketing desta empresa.",
    ),
}
