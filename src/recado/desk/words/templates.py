"""Templates and the 24 hours.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "Template": ("Plantilla", "Modelo"),
    "Templates": ("Plantillas", "Modelos"),
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
    "paused": ("en pausa", "pausado"),
    "unknown": ("desconocido", "desconhecido"),
}
