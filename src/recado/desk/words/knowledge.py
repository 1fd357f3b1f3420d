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
    "The PDF is damaged. Save or export it again.": (
        "El PDF está dañado. Guárdalo o expórtalo otra vez.",
        "O PDF está danificado. Salve ou exporte-o de novo.",
    ),
    "The PDF is locked with a password. Save it without one.": (
        "El PDF está protegido con contraseña. Guárdalo sin ella.",
        "O PDF está protegido por senha. Salve-o sem senha.",
    ),
    "The PDF holds pictures of pages and no text (a scan). Run text recognition over it, or paste"
    " its text into a .txt file.": (
        "El PDF es un escaneo, sin texto. Pásale un OCR o pega su texto en un archivo .txt.",
        "O PDF é uma digitalização, sem texto. Passe um OCR ou cole o texto em um arquivo .txt.",
    ),
    "The document is damaged. Save it again.": (
        "El documento está dañado. Guárdalo otra vez.",
        "O documento está danificado. Salve-o de novo.",
    ),
    "The document is a .doc or is locked. Save it as .docx, unlocked.": (
        "El documento es un .doc o está protegido. Guárdalo como .docx, sin protección.",
        "O documento é um .doc ou está protegido. Salve-o como .docx, sem proteção.",
    ),
    "Not learnt": ("No aprendido", "Não aprendido"),
    "Learnt: {names}.": ("Aprendido: {names}.", "Aprendido: {names}."),
    "1 line": ("1 línea", "1 linha"),
    "{count} lines": ("{count} líneas", "{count} linhas"),
    "1 row": ("1 fila", "1 linha de tabela"),
    "{count} rows": ("{count} filas", "{count} linhas de tabela"),
    "1 paragraph": ("1 párrafo", "1 parágrafo"),
    "{count} paragraphs": ("{count} párrafos", "{count} parágrafos"),
    "1 page": ("1 página", "1 página"),
    "{count} pages": ("{count} páginas", "{count} páginas"),
    "1 table": ("1 tabla", "1 tabela"),
    "{count} tables": ("{count} tablas", "{count} tabelas"),
    "1 entry": ("1 entrada", "1 entrada"),
    "{count} entries": ("{count} entradas", "{count} entradas"),
    "1 value": ("1 valor", "1 valor"),
    "{count} values": ("{count} valores", "{count} valores"),
    "Left out, for it tells of the file": (
        "Omitido, porque habla del archivo",
        "Omitido, porque fala do arquivo",
    ),
    "Left out, as comments that are not shown": (
        "Omitido, como comentarios que no se muestran",
        "Omitido, como comentários que não são exibidos",
    ),
    "Left out, as the page's title": (
        "Omitido, como título de la página",
        "Omitido, como título da página",
    ),
    "Left out, as menus and buttons": (
        "Omitido, como menús y botones",
        "Omitido, como menus e botões",
    ),
    "Left out, as headers and footers of the pages": (
        "Omitido, como encabezados y pies de página",
        "Omitido, como cabeçalhos e rodapés das páginas",
    ),
    "Left out, as it repeats on the pages": (
        "Omitido, porque se repite en las páginas",
        "Omitido, porque se repete nas páginas",
    ),
    "Left out, as printed around the pages by a browser": (
        "Omitido, como impreso alrededor de las páginas por un navegador",
        "Omitido, como impresso ao redor das páginas por um navegador",
    ),
    "Left out, as errors of the spreadsheet": (
        "Omitido, como errores de la hoja de cálculo",
        "Omitido, como erros da planilha",
    ),
    "Left out, as numbers of pages": (
        "Omitido, como números de página",
        "Omitido, como números de página",
    ),
    "Pages without text (pictures, or empty)": (
        "Páginas sin texto (imágenes o vacías)",
        "Páginas sem texto (imagens ou vazias)",
    ),
    "Left out, as signs whose letters the fonts do not tell": (
        "Omitido, como signos cuyas letras no dice la tipografía",
        "Omitido, como sinais cujas letras a fonte não informa",
    ),
    "Without an answer, and kept as they are": (
        "Sin respuesta, y guardado como está",
        "Sem resposta, e guardado como está",
    ),
    "The assistant answers from it now.": (
        "El asistente ya responde con eso.",
        "O assistente já responde com isso.",
    ),
}
