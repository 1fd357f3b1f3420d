"""Lines, their checks, tests and settings.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "Remove": ("Quitar", "Remover"),
    "The addresses at which customers reach you.": (
        "Por donde te escriben tus clientes.",
        "Por onde seus clientes escrevem.",
    ),
    "disabled": ("desactivado", "desativado"),
    "Check": ("Comprobar", "Verificar"),
    "Disable": ("Desactivar", "Desativar"),
    "Enable": ("Activar", "Ativar"),
    "There is none; set one.": ("No hay ninguno; define uno.", "Não há nenhum; defina um."),
    "Subscribe to the field messages.": (
        "Suscríbete al campo messages.",
        "Assine o campo messages.",
    ),
    "Add the line": ("Agregar la línea", "Adicionar a linha"),
    "Nothing yet: account alerts, template changes and the like appear here.": (
        "Nada todavía: aquí aparecen alertas de la cuenta, cambios de plantillas y similares.",
        "Nada ainda: aqui aparecem alertas da conta, mudanças de modelos e afins.",
    ),
    "It works.": ("Funciona.", "Funciona."),
    "Removed.": ("Quitado.", "Removido."),
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
    (
        "Is the proxy or tunnel running, and does it lead to Recado? Some networks cannot call"
        " their own public address: then try it from outside."
    ): (
        (
            "¿Está en marcha el proxy o el túnel, y lleva a Recado? Algunas redes no pueden"
            " llamar a su propia dirección pública: entonces prueba desde fuera."
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
    (
        "It is switched off: what comes in is kept and shown, but replies wait here until you"
        " enable it."
    ): (
        (
            "Está desactivada: lo que entra se guarda y se muestra, pero las respuestas esperan"
            " aquí hasta que la actives."
        ),
        (
            "Está desativada: o que entra é guardado e mostrado, mas as respostas esperam aqui"
            " até você ativá-la."
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
    (
        "On the phone: WhatsApp, Linked devices, Link a device. Then scan this code; it changes"
        " every few seconds."
    ): (
        (
            "En el teléfono: WhatsApp, Dispositivos vinculados, Vincular un dispositivo. Escanea"
            " este código; cambia cada pocos segundos."
        ),
        (
            "No telefone: WhatsApp, Dispositivos conectados, Conectar dispositivo. Leia este"
            " código; ele muda a cada poucos segundos."
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
    (
        "The approved template that goes out then. Without one, messages wait until the customer"
        " writes again."
    ): (
        (
            "La plantilla aprobada que sale entonces. Sin ella, los mensajes esperan a que el"
            " cliente vuelva a escribir."
        ),
        (
            "O modelo aprovado que sai então. Sem ele, as mensagens esperam até o cliente"
            " escrever de novo."
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
        (
            "Si la desactivas, lo que entra se guarda y se muestra; las respuestas esperan a que la"
            " actives."
        ),
        "Se você a desativar, o que entra é guardado e mostrado; as respostas esperam por ela.",
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
    "connected": ("conectada", "conectada"),
    "connecting": ("conectando", "conectando"),
    "disconnected": ("desconectada", "desconectada"),
    "flagged by customers": ("señalada por clientes", "sinalizada por clientes"),
    "account": ("cuenta", "conta"),
    "Web (simulator and API)": ("Web (simulador y API)", "Web (simulador e API)"),
    "WhatsApp (Meta Cloud API)": ("WhatsApp (Meta Cloud API)", "WhatsApp (Meta Cloud API)"),
    "WhatsApp (Evolution API)": ("WhatsApp (Evolution API)", "WhatsApp (Evolution API)"),
    "Twilio (WhatsApp and SMS)": ("Twilio (WhatsApp y SMS)", "Twilio (WhatsApp e SMS)"),
    "Phone number id": ("Id del número de teléfono", "Id do número de telefone"),
    "Number, in digits with the country code": (
        "Número, en cifras con el código de país",
        "Número, em dígitos com o código do país",
    ),
    "Instance name": ("Nombre de la instancia", "Nome da instância"),
    "Access token": ("Token de acceso", "Token de acesso"),
    "Of a system user with whatsapp_business_messaging and whatsapp_business_management.": (
        "De un usuario del sistema con whatsapp_business_messaging y whatsapp_business_management.",
        "De um usuário do sistema com whatsapp_business_messaging e whatsapp_business_management.",
    ),
    "App secret": ("Clave secreta de la app", "Chave secreta do app"),
    "App settings, Basic. It signs the webhooks.": (
        "Configuración de la app, Básica. Firma los webhooks.",
        "Configurações do app, Básico. Assina os webhooks.",
    ),
    "Verify token": ("Token de verificación", "Token de verificação"),
    "Any secret word; enter the same where you subscribe.": (
        "Una palabra secreta cualquiera; escribe la misma donde te suscribas.",
        "Uma palavra secreta qualquer; escreva a mesma onde assinar.",
    ),
    "WhatsApp Business account id": (
        "Id de la cuenta de WhatsApp Business",
        "Id da conta do WhatsApp Business",
    ),
    "Beside the phone number id; needed to list message templates.": (
        "Junto al id del número; hace falta para las plantillas.",
        "Ao lado do id do número; necessário para os modelos.",
    ),
    "Account SID": ("Account SID", "Account SID"),
    "On the Console's start page; it begins with AC.": (
        "En la página inicial de la consola; empieza por AC.",
        "Na página inicial do console; começa com AC.",
    ),
    "Auth token": ("Auth token", "Auth token"),
    "Beside it. It also signs the webhooks.": (
        "A su lado. También firma los webhooks.",
        "Ao lado. Também assina os webhooks.",
    ),
    "Messaging service SID": ("SID del servicio de mensajería", "SID do serviço de mensagens"),
    "Only if messages are to go through a messaging service; the number must be in it.": (
        "Solo si los mensajes van por un servicio de mensajería; el número debe estar en él.",
        "Só se as mensagens vão por um serviço de mensagens; o número deve estar nele.",
    ),
    "API URL": ("URL de la API", "URL da API"),
    "Where your Evolution API runs.": (
        "Donde corre tu Evolution API.",
        "Onde roda a sua Evolution API.",
    ),
    "API key": ("Clave de la API", "Chave da API"),
    "Evolution's AUTHENTICATION_API_KEY, or the instance's own key.": (
        "AUTHENTICATION_API_KEY de Evolution, o la clave propia de la instancia.",
        "AUTHENTICATION_API_KEY da Evolution, ou a chave própria da instância.",
    ),
    "Webhook token": ("Token del webhook", "Token do webhook"),
    "A long random word that you make up; it proves Evolution's webhooks.": (
        "Una palabra larga y al azar que inventas; prueba que los webhooks son de Evolution.",
        "Uma palavra longa e aleatória que você inventa; prova que os webhooks são da Evolution.",
    ),
    "Phone number": ("Número de teléfono", "Número de telefone"),
    "With its country code: then there is a code to type beside the QR code.": (
        "Con su código de país: así hay un código para escribir además del QR.",
        "Com o código do país: assim há um código para digitar além do QR.",
    ),
    "limit": ("límite", "limite"),
    "alert": ("alerta", "alerta"),
    "review": ("revisión", "revisão"),
    "limits": ("límites", "limites"),
    "templates": ("plantillas", "modelos"),
    "name": ("nombre", "nome"),
    "error": ("error", "erro"),
    "settings": ("ajustes", "ajustes"),
}
