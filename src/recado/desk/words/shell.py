"""The frame of every page, signing in, the profile, errors, and what comes and goes.

English: (Spanish, Portuguese)
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "Today": ("Hoy", "Hoje"),
    "Yesterday": ("Ayer", "Ontem"),
    "now": ("ahora", "agora"),
    "overdue": ("de retraso", "de atraso"),
    "Connection lost. Trying again…": (
        "Se perdió la conexión. Reintentando…",
        "A conexão caiu. Tentando de novo…",
    ),
    "Copied.": ("Copiado.", "Copiado."),
    "That did not work. Try again.": (
        "No funcionó. Inténtalo otra vez.",
        "Não funcionou. Tente de novo.",
    ),
    "Skip to content": ("Ir al contenido", "Ir para o conteúdo"),
    "Main": ("Principal", "Principal"),
    "Inbox": ("Bandeja", "Entrada"),
    "Simulator": ("Simulador", "Simulador"),
    "Knowledge": ("Conocimiento", "Conhecimento"),
    "Lines": ("Líneas", "Linhas"),
    "Dead letters": ("Fallidos", "Falhas"),
    "Team": ("Equipo", "Equipe"),
    "Light or dark": ("Claro u oscuro", "Claro ou escuro"),
    "Profile": ("Perfil", "Perfil"),
    "To the inbox": ("A la bandeja", "Para a entrada"),
    "Back": ("Volver", "Voltar"),
    "If you report this, name the trace:": (
        "Si lo reportas, indica la traza:",
        "Se for relatar, informe o rastro:",
    ),
    "Name": ("Nombre", "Nome"),
    "Language": ("Idioma", "Idioma"),
    "You": ("Tú", "Você"),
    "E-mail": ("Correo", "E-mail"),
    "As the browser": ("Como el navegador", "Como o navegador"),
    "Save": ("Guardar", "Salvar"),
    "Password": ("Contraseña", "Senha"),
    "Changing it signs out all your other browsers.": (
        "Al cambiarla se cierra la sesión en tus otros navegadores.",
        "Ao mudá-la, seus outros navegadores são desconectados.",
    ),
    "You have none yet: you come in by links. Set one to sign in with your e-mail.": (
        "Aún no tienes: entras con enlaces. Define una para entrar con tu correo.",
        "Você ainda não tem: entra por links. Defina uma para entrar com seu e-mail.",
    ),
    "Present password": ("Contraseña actual", "Senha atual"),
    "New password (at least 10 characters)": (
        "Contraseña nueva (al menos 10 caracteres)",
        "Senha nova (ao menos 10 caracteres)",
    ),
    "Set password": ("Definir contraseña", "Definir senha"),
    "This browser": ("Este navegador", "Este navegador"),
    "Sign out": ("Cerrar sesión", "Sair"),
    "Sign in": ("Entrar", "Entrar"),
    "Sign in to Recado": ("Entra a Recado", "Entre no Recado"),
    "No password yet? Use a sign-in link: an admin makes one under Team, or in the terminal:": (
        "¿Sin contraseña? Usa un enlace de acceso: un admin lo crea en Equipo, o en la terminal:",
        "Ainda sem senha? Use um link de acesso: um admin cria em Equipe, ou no terminal:",
    ),
    "Saved.": ("Guardado.", "Salvo."),
    "Your password is set. Other browsers were signed out.": (
        "Tu contraseña quedó definida. Se cerró la sesión en otros navegadores.",
        "Sua senha foi definida. Outros navegadores foram desconectados.",
    ),
}
