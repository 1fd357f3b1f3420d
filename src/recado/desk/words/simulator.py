"""The simulator and what slides up on its phone.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "What the team sees, below": ("Lo que ve el equipo, abajo", "O que a equipe vê, abaixo"),
    "Write as a customer would. The same assistant answers that WhatsApp gets.": (
        "Escribe como lo haría un cliente. Responde el mismo asistente que en WhatsApp.",
        "Escreva como um cliente faria. Responde o mesmo assistente do WhatsApp.",
    ),
    "typing…": ("escribiendo…", "digitando…"),
    "online": ("en línea", "online"),
    "Who writes": ("Quién escribe", "Quem escreve"),
    "New person": ("Otra persona", "Outra pessoa"),
    "Messages on the phone": ("Mensajes en el teléfono", "Mensagens no telefone"),
    "Suggestions": ("Sugerencias", "Sugestões"),
    "Write as {name}": ("Escribe como {name}", "Escreva como {name}"),
    "What the team sees": ("Lo que ve el equipo", "O que a equipe vê"),
    "Open in the inbox": ("Abrir en la bandeja", "Abrir na entrada"),
    "Here the team sees the conversation": (
        "Aquí el equipo ve la conversación",
        "Aqui a equipe vê a conversa",
    ),
    (
        "Tap a question on the phone, or write one. The assistant answers from the sample"
        " knowledge; ask for a person, and you can take over here."
    ): (
        (
            "Toca una pregunta en el teléfono o escribe una. El asistente responde con el"
            " conocimiento de ejemplo; pide una persona y podrás tomar la conversación aquí."
        ),
        (
            "Toque numa pergunta no telefone ou escreva uma. O assistente responde com o"
            " conhecimento de exemplo; peça uma pessoa e você pode assumir aqui."
        ),
    ),
    (
        "Tap a question on the phone, or write one. The assistant answers from your"
        " knowledge; ask for a person, and you can take over here."
    ): (
        (
            "Toca una pregunta en el teléfono o escribe una. El asistente responde con tu"
            " conocimiento; pide una persona y podrás tomar la conversación aquí."
        ),
        (
            "Toque numa pergunta no telefone ou escreva uma. O assistente responde com o seu"
            " conhecimento; peça uma pessoa e você pode assumir aqui."
        ),
    ),
    "A place": ("Un lugar", "Um lugar"),
    "Answers": ("Respuestas", "Respostas"),
    "Attach": ("Adjuntar", "Anexar"),
    "Not now": ("Ahora no", "Agora não"),
    "Cancel": ("Cancelar", "Cancelar"),
    "Cart": ("Carrito", "Carrinho"),
    "Choose at least one product.": (
        "Elige al menos un producto.",
        "Escolha pelo menos um produto.",
    ),
    "Currency": ("Moneda", "Moeda"),
    "Delete for everyone": ("Eliminar para todos", "Apagar para todos"),
    "Edit": ("Editar", "Editar"),
    "Editing": ("Editando", "Editando"),
    "From a picture": ("De una imagen", "De uma imagem"),
    "Latitude": ("Latitud", "Latitude"),
    "Longitude": ("Longitud", "Longitude"),
    "Name of the place": ("Nombre del lugar", "Nome do lugar"),
    "Note to the business": ("Nota para el negocio", "Observação para o negócio"),
    "Phone number": ("Número de teléfono", "Número de telefone"),
    "Photo or video": ("Foto o video", "Foto ou vídeo"),
    "Price": ("Precio", "Preço"),
    "Product": ("Producto", "Produto"),
    "Quantity": ("Cantidad", "Quantidade"),
    "Record a voice message": ("Grabar un mensaje de voz", "Gravar uma mensagem de voz"),
    "Recording…": ("Grabando…", "Gravando…"),
    "Send contact": ("Enviar contacto", "Enviar contato"),
    "Send the order": ("Enviar el pedido", "Enviar o pedido"),
    "Send the voice message": ("Enviar el mensaje de voz", "Enviar a mensagem de voz"),
    "That is not a JSON object.": ("Eso no es un objeto JSON.", "Isso não é um objeto JSON."),
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
    "You deleted this message": ("Eliminaste este mensaje", "Você apagou esta mensagem"),
    "Not sent. Tap to send it again.": (
        "No se envió. Toca para enviarlo otra vez.",
        "Não enviada. Toque para enviar de novo.",
    ),
}
