"""Whatever a model writes around its answer, the contact reads the answer and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.assistant.models.replies.reading import Unusable, read_reply
from recado.assistant.models.replies.shapes import Reply

ANSWER = "Sí, abrimos a las 7:30 (y a las 8 el sábado)."
#: Stands in everything that is not for the contact.
INSIDE = "zzinside"
CALL = json.dumps({"name": "search", "arguments": {"query": f"{INSIDE} horario"}})

#: The inside, whole: it may stand before the answer and after it.
SPANS = [
    *(
        f"{start}{INSIDE} they ask for the hours{end}"
        for start, end in [
            ("<think>", "</think>"),
            ("<think>\n", "\n</think>\n\n"),
            ("<THINKING>", "</THINKING>"),
            ("<reasoning effort='high'>", "</reasoning>"),
            ("<thought>", "</thought>"),
            ("<antThinking>", "</antThinking>"),
            ("<scratchpad>", "</scratchpad>"),
            ("<inner_monologue>", "</inner_monologue>"),
            ("<reflection>", "</reflection>"),
            ("<chain_of_thought>", "</chain_of_thought>"),
            ("<analysis>", "</analysis>"),
            ("<planning>", "</planning>"),
            ("<seed:think>", "</seed:think>"),
            ("[THINK]", "[/THINK]"),
            ("◁think▷", "◁/think▷"),
            ("<|begin_of_thought|>", "<|end_of_thought|>"),
            ("<|START_THINKING|>", "<|END_THINKING|>"),
            ("<|think|>", "<|/think|>"),
            ("<unused94>thought\n", "<unused95>"),
            ("&lt;think&gt;", "&lt;/think&gt;"),
            ("```thinking\n", "\n```\n"),
            ("<|channel|>analysis<|message|>", "<|end|>"),
            ("<|channel|>commentary to=functions.search <|constrain|>json<|message|>", "<|call|>"),
            ("<think>a</think><think>", "</think>"),
            ("<|im_start|>user\n", "<|im_end|>\n"),
            ("<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
            ("<start_of_turn>user\n", "<end_of_turn>\n"),
        ]
    ),
    f"\n{CALL}\n",
    f"\n```json\n{CALL}\n```\n",
    f'\n{{"tool": "lookup", "parameters": {{"{INSIDE}": null,}}}}\n',
    f"\n[{CALL}, {CALL}]\n",
    f"<tool_call>\n{CALL}\n</tool_call>",
    f"<tool_calls><invoke name='s'><parameter name='q'>{INSIDE}</parameter></invoke></tool_calls>",
    f"<function_calls><invoke name='s'><parameter=q>{INSIDE}</parameter></invoke></function_calls>",
    f"<function=search>{{'q': '{INSIDE}'}}</function>",
    f"<tool_response>{INSIDE}</tool_response>",
    f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>{INSIDE}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    f"[TOOL_CALLS] [{CALL}]\n",
    f'[TOOL_CALLS]search{{"q": "{INSIDE}"}}\n',
    f'<|python_tag|>search.call(query="{INSIDE}")<|eom_id|>',
    f'\nfunctions.search({{"q": "{INSIDE}"}})\n',
    f'\nfunctions.search:0{{"q": "{INSIDE}"}}\n',
    f'\ndefault_api.search(q="{INSIDE}")\n',
    f"\n```tool_code\nprint(search('{INSIDE}'))\n```\n",
    f"\n```python\nprint(default_api.search(q='{INSIDE}'))\n```\n",
    f"\n(thinking: {INSIDE} (they ask again))\n",
    f"\n(Nota interna: {INSIDE})\n",
    f"\n[Internal: {INSIDE}]\n",
    f"\n*piensa: {INSIDE}*\n",
    f"\n*thinking about {INSIDE}*\n",
    f"\n[Calling search_knowledge with {INSIDE}]\n",
    f"\nI will search {INSIDE}.\n{CALL}\n",
    f"\nDéjame buscar {INSIDE}:\n```json\n{CALL}\n```\n",
    f"\nUm momento, vou verificar {INSIDE}.\n<tool_call>\n{CALL}\n</tool_call>",
    f"\nTool call: {CALL}\n",
    f'\nsearch_knowledge("{INSIDE}")\n',
    f'\nresult = await search_knowledge(query="{INSIDE} (hours)")\n',
    f'\n[search(query="{INSIDE}"), get_order(id=3)]\n',
    f'\nLet me check: search_knowledge(query="{INSIDE}")\n',
    f"\nI'll call get_order({INSIDE}) first.\n",
    f"\nVoy a usar `search_knowledge('{INSIDE}')` para verlo.\n",
    f"<｜DSML｜invoke name='s'><｜DSML｜parameter=q>{INSIDE}</｜DSML｜parameter></｜DSML｜invoke>",
    f"<minimax:tool_call><invoke name='s'>{INSIDE}</invoke></minimax:tool_call>",
    f"<longcat_tool_call>s<longcat_arg_key>{INSIDE}</longcat_arg_key></longcat_tool_call>",
    f"<start_function_call>call:s{{q:<escape>{INSIDE}<escape>}}<end_function_call>",
    f"<|tool_call>call:s{{q:<|'|>{INSIDE}<|'|>}}<tool_call|>",
    f"<|channel>thought\n{INSIDE}<channel|>",
    f"<|inner_prefix|>{INSIDE}<|inner_suffix|>",
    f"<__thinking>{INSIDE}</__thinking>",
    f"<steptml:think>{INSIDE}</steptml:think>",
    f"[TOOL_RESULTS]{INSIDE}[/TOOL_RESULTS]",
    f"<details><summary>Thinking</summary>{INSIDE}</details>\n",
    f"\nThinking...\n{INSIDE}\n...done thinking.\n",
    f"<|header_start|>user<|header_end|>\n\n{INSIDE}<|eot|>",
]
#: Signs without words.
SIGNS = [
    "<|im_end|>",
    "<|eot_id|>",
    "</s>",
    "<|endoftext|>",
    "<end_of_turn>",
    "<｜end▁of▁sentence｜>",
    "\n\n",
    " ",
]
#: Nothing comes before these, or nothing after.
LEADS = [
    "",
    f"{INSIDE} hmm</think>",
    f"{INSIDE}\n</thinking>\n",
    f"{INSIDE} [/THINK]",
    f"{INSIDE}<|end_of_thought|>",
    f"{INSIDE}<unused95>",
    f"Reasoning: {INSIDE}\n\nAnswer: ",
    f"**Reasoning:**\n{INSIDE}\n\n**Final answer:**\n",
    f"## Thinking\n{INSIDE}\n\n## Answer\n",
    f"ModelResult: {INSIDE}\nAction: search\nAction Input: x\nObservation: y\nFinal Answer: ",
    f"<|start|>assistant<|channel|>analysis<|message|>{INSIDE}<|end|><|start|>assistant<|channel|>final<|message|>",
    f"analysis{INSIDE.capitalize()}assistantfinal",
    "final\n",
    "**final**\n\n",
    "final<|message|>",
    f"analysis\n{INSIDE}\nassistant final\n",
    f"commentary to=functions.search json\n{CALL}\nassistant\nfinal\n\n",
    f"channel: analysis\n{INSIDE}\nchannel: final\n",
    f"analysis<|message|>{INSIDE}<|end|><|start|>assistant<|channel|>final<|message|>",
    f"Pensamiento: {INSIDE}\nAcción: buscar\nObservación: {INSIDE}\nRespuesta final: ",
    f"Pensamento: {INSIDE}\nResposta: ",
    "Assistant: ",
    "**Asistente:** ",
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    f"[INST] {INSIDE} [/INST] ",
    "<s>",
]
ENDS = [
    "",
    f"<think>{INSIDE}",
    f"<tool_call>{CALL[:-9]}",
    f"<|channel|>analysis<|message|>{INSIDE}",
    f"[THINK]{INSIDE}",
    f"◁think▷{INSIDE}",
    f"\n\nReasoning: {INSIDE}",
    f"<|im_end|>\n<|im_start|>user\n{INSIDE}",
    f"\n{CALL[:-2]}",
    '\n{"confidence": 0.9, "sources": [1]}',
    "\nconfidence: 0.9\nsources: [1, 2]\nknown: true\n",
    "<|return|>",
]


def _json(text: str, **more: object) -> str:
    return json.dumps({"text": text, **more}, ensure_ascii=False)


def _call(text: str) -> str:
    return json.dumps({"name": "final_result", "arguments": {"text": text}})


SHAPES: list[Callable[[str], str]] = [
    lambda text: text,
    lambda text: _json(text, confidence=0.9, known=True, sources=[1]),
    lambda text: _json(text, confidence=95),
    lambda text: _json(text, confidence="high", sources=None, known="true"),
    lambda text: _json(text, confidence="0,9"),
    lambda text: _json(text)[:-1] + ', "confidence": 0,9, "sources": null,}',
    lambda text: _json(text)[:-1] + ', "confidence": NaN, "known": True}',
    lambda text: json.dumps({"text": text, "confidence": 0.9}, indent=2),
    lambda text: json.dumps({"answer": text}),
    lambda text: json.dumps({"response": {"content": text}}),
    lambda text: json.dumps({"reply": [text]}),
    lambda text: json.dumps({"final_result": {"text": text}}),
    lambda text: json.dumps({"thought": INSIDE, "plan": [INSIDE], "answer": text}),
    lambda text: f"[{_json(text)}]",
    lambda text: f"```json\n{_json(text)}\n```",
    lambda text: f"Here is the reply:\n```json\n{_json(text, known=True)}\n```\nAnything else?",
    lambda text: f"```\n{_json(text)}\n```",
    lambda text: (
        "{'text': '" + text.replace("'", "\\'").replace("\n", "\\n") + "', 'known': True,}"
    ),
    lambda text: json.dumps({"text": _json(text)}),
    lambda text: json.dumps({"name": "final_result", "arguments": {"text": text}}),
    lambda text: json.dumps({"name": "final_result", "arguments": _json(text)}),
    lambda text: f"<tool_call>{_call(text)}</tool_call>",
    lambda text: f'{{\n  # the reply\n  "text": {json.dumps(text)}, # sure\n  "known": true}}',
]


#: The end is missing, the words are whole.
UNENDED: list[Callable[[str], str]] = [
    lambda text: _json(text)[:-1],
    lambda text: _json(text, confidence=0.9)[:-3],
    lambda text: _json(text, confidence=0.9)[:-8],
    lambda text: f"```json\n{_json(text, known=True)[:-1]}",
]


def shown(text: str) -> str:
    read = read_reply(text)
    assert isinstance(read, Reply), (read, text)
    return read.text


def parts(of: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(of), max_size=most).map("".join)


@settings(deadline=None)
@given(
    st.sampled_from(LEADS),
    parts(SPANS + SIGNS, 3),
    st.integers(0, len(SHAPES) - 1),
    parts(SPANS + SIGNS, 3),
    st.sampled_from(ENDS),
)
def test_the_answer_is_all_that_a_contact_gets(
    lead: str, before: str, shape: int, after: str, end: str
) -> None:
    assert shown(f"{lead}{before}{SHAPES[shape](ANSWER)}{after}{end}") == ANSWER


@settings(deadline=None)
@given(st.sampled_from(LEADS), parts(SPANS + SIGNS, 3), st.sampled_from(UNENDED))
def test_an_answer_that_is_whole_needs_no_end_of_its_structure(
    lead: str, before: str, shape: Callable[[str], str]
) -> None:
    assert shown(f"{lead}{before}{shape(ANSWER)}") == ANSWER


@settings(deadline=None)
@given(st.sampled_from([*LEADS[:6], ""]), parts(SPANS + SIGNS, 2), st.integers(1, len(SHAPES) - 1))
def test_the_inside_of_a_structure_is_read_as_well(lead: str, before: str, shape: int) -> None:
    assert shown(SHAPES[shape](f"{lead}{before}{ANSWER}")) == ANSWER


@settings(deadline=None)
@given(
    parts(SPANS + SIGNS, 4), st.sampled_from(ENDS), st.sampled_from(["", "</think>", "{}", "null"])
)
def test_where_there_is_no_answer_nothing_is_sent(inside: str, end: str, rest: str) -> None:
    assert isinstance(read_reply(f"{inside}{end}{rest}"), Unusable)


@settings(deadline=None)
@given(st.integers(1, len(SHAPES) - 1), st.integers(1, 200))
def test_half_a_structure_is_never_half_an_answer(shape: int, length: int) -> None:
    read = read_reply(SHAPES[shape](ANSWER)[:length])
    if isinstance(read, Reply) and not "Here is the reply:".startswith(read.text):
        assert read.text == ANSWER


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*SPANS, *SIGNS, *LEADS, *ENDS, ANSWER, *(s(ANSWER) for s in SHAPES + UNENDED)]
        )
    )
)
def test_no_mixture_shows_the_inside(pieces: list[str]) -> None:
    read = read_reply("\n".join(pieces))
    if isinstance(read, Reply):
        assert INSIDE not in read.text.lower()
        assert "<|" not in read.text
        assert '"text"' not in read.text


@pytest.mark.parametrize(
    "text",
    [
        "Usa {nombre} y <monto>; si x < y, {monto: número}.",
        "I think we open at 8. Think: it is early.",
        'Manda `{"a": 1}` así, o `<think>` si es HTML.',
        'Ejemplo:\n```json\n{"message": "hola", "to": "+34"}\n```\nListo.',
        "```python\ndef saludo(nombre):\n    return {'hola': nombre}\n```",
        "Usuario: tu correo\nContraseña: la de siempre",
        "Análisis: de lunes a viernes, 8 a 10.",
        "Escribe <plan> y <nombre del titular>",
        "[1] Primero\n[2] Segundo",
        "Respuesta: sí, abrimos",
        "Tachado <s>10 €</s> 8 €",
        "Planning: el lunes. Action: el martes",
        "El asistente: Ana. Confidence: alta costura",
        "if (a) { return b; }",
        "Los canales son: final, analysis y commentary",
        "Razones:\n- una\n- dos\n\n\n\nFin",
        "Function: botón de encendido. Tool call: no",
        'lista = [1, 2, 3]; dict = {"clave": 5}',
        "La final es el domingo.",
        "Final\nde temporada: 50 % menos",
        "*Final:* 45 €",
        "Cabe (interno: 5 cm, externo: 6 cm) (thinking of you)",
        "Un ramo *pensado* para ella (pensando en ti)",
        "Puedes llamar a get_order(1182) desde la API.",
        "Primero `client.get_order(1182)`; get_order() te da el pedido.",
        "```python\norder = client.get_order(1182)\nprint(order)\n```",
        "Voy a buscar el pedido y le aviso.",
        "I will check it with my colleague and tell you (tomorrow).",
        "Observación: el local cierra a las 8.",
        "Plan: 20 € al mes\nAction: llame",
        "Thinking of you! We open at 8.",
        "name: Ana\nphone: 3",
        "text: hola",
        "[Calling hours: 8-10]",
        "Commentary\nFinal\nTres canales",
        "Análisis\nde sangre (ayunas): 20 €",
        "La función foo(x) devuelve x; luego usa run().",
        "El horario es:\n--- Sábado ---\n8 a 14\n=== TOTAL ===\n45 €",
        "Pan\nNote: follow the instructions on the label.",
        "Pan\nNota: una persona te espera si el cliente lo pide.",
        "Tu clave: abc\nUsuario: ana\nContraseña: la de siempre",
        "Aquí está la lista:\n- pan\n- queso",
        'Este es el mensaje que recibirás:\n"Tu pedido llegó"',
        "Según el contrato, son 12 meses.",
        "Pan\nAvísame si quieres que cambie la dirección del pedido.",
        "Reglas:\n[1] uno\nver [1]",
        "Paso 1: Identifica el cliente en tu app.\nPaso 2: pulsa enviar.",
        "Step 1: Check the question mark icon.",
        "Escribe <buscar_pedido> y <get_hours> en el chat.",
        "Ruta C:\\nuevo\\notas",
        "Hola\nVoy a responderte mañana con el precio.",
        "Pan\nTu base de conocimiento del inglés: nivel B1",
        "Mensaje para ti: gracias",
        "Length: 20 cm\nStyle: modern\n\nPrice: 20 €",
        "Tema: reserva\nCategoría: cena",
        "Referencias: Calle 5 con 10, frente al parque",
        "Documentos:\n- [ ] DNI\n- [ ] Contrato",
        "El checklist: DNI y contrato. Checklist gratis en la web",
        "Tone: our voice coach. Language: English only",
    ],
)
def test_words_that_only_look_alike_stay_as_they_are(text: str) -> None:
    assert shown(text) == text
    assert shown(json.dumps({"text": text})) == text


@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        (0.9, 0.9), (95, 0.95), ("95%", 0.95), ("0,9", 0.9), ("high", 0.9), ("Muy alta", 0.95),
        ("baja", 0.3), (None, 0.8), ("?", 0.8), (True, 0.8), (-1, 0.0), (500, 1.0), ([], 0.8),
    ],
)  # fmt: skip
def test_a_confidence_in_any_notation_is_understood(said: object, confidence: float) -> None:
    read = read_reply(_json(ANSWER, confidence=said))
    assert isinstance(read, Reply)
    assert read.confidence == pytest.approx(confidence)


def test_what_the_structure_says_of_itself_is_kept() -> None:
    read = read_reply(
        _json(ANSWER, known="no", asked_for_person="sí", sources=["[2]", 1, None, "x"])
    )
    assert isinstance(read, Reply)
    assert (read.known, read.asked_for_person, read.sources) == (False, True, (2, 1))


@pytest.mark.parametrize(
    "said",
    [
        f"<thinking>p</thinking><answer>{ANSWER}</answer>",
        f"<final_answer>{ANSWER}",
        f"{ANSWER}</response>",
        f"<reply><text>{ANSWER}</text><confidence>0.9</confidence></reply>",
        f"Here is my thought process: p q\n\nHere is my response: {ANSWER}",
        f"text: |\n  {ANSWER}\nconfidence: 0.9\nsources: [1]",
        f'{{"text": "{ANSWER}", // the reply\n "confidence": 0.9}}',
        f"{{“text”: “{ANSWER}”, “confidence”: 0.9}}",
        f"{{&quot;text&quot;: &quot;{ANSWER}&quot;}}",
        f'text: "{ANSWER}"\nconfidence: 0.9\nsources:\n  - 1\n  - 2',
        f"```yaml\ntext: >-\n  {ANSWER}\nknown: true\n```",
        f"---\ntext: {ANSWER}\nconfidence: 0.9\n---",
        f"thought: {INSIDE}\ntext: {ANSWER}\nconfidence: 0.9",
        f"name: final_result\narguments:\n  text: {ANSWER}\n  confidence: 0.9",
        f'text = "{ANSWER}"\nconfidence = 0.9',
        f"return final_result(text='{ANSWER}')",
        f"final_result('{ANSWER}')",
        f'```tool_code\nprint(default_api.final_result(text="{ANSWER}", confidence=0.9))\n```',
        f"<tool_call><function=final_result><parameter=text>\n{ANSWER}\n</parameter></function>",
        f"<tool_call>final_result\n<arg_key>text</arg_key><arg_value>{ANSWER}</arg_value></tool_call>",
        f"<invoke name='final_result'><parameter name='text' x='y'>{ANSWER}</parameter></invoke>",
        f"<|channel|>commentary to=functions.final_result <|message|>{_json(ANSWER)}<|call|>",
        f"assistantanalysis{INSIDE}.assistantcommentary to=x json{{}}assistantfinal{ANSWER}",
        f"analysisThey ask {INSIDE}.\n\nfinal{ANSWER}",
        f"{ANSWER} 【1†source】",
        json.dumps(json.dumps(json.dumps({"text": ANSWER}))),
        f'{{"choices": [{{"message": {{"role": "assistant", "content": "{ANSWER}"}}}}]}}',
        f'[{{"type": "text", "text": "{ANSWER}"}}]',
        f'{{"action": "Final Answer", "action_input": "{ANSWER}"}}',
        f"Reply(text='{ANSWER}', confidence=0.9, known=True)",
        f"{ANSWER}\n\n(Confidence: 0.9)",
        f"{ANSWER}\n\n**Sources:** [1], [3]",
        f"{ANSWER} [confidence: 0.95]",
        f"<|START_RESPONSE|>{ANSWER}<|END_RESPONSE|>",
        f"⟦{ANSWER}⟧",
        f'Sure! Here is the reply in Spanish:\n\n"{ANSWER}"',
        f"Aquí tienes la respuesta para el cliente:\n\n{ANSWER}",
        f"{ANSWER}\n\n---\nNota: respondí en español. confidence: 0.95",
        f"{ANSWER}\n\n[Note: The passage [1] was used to answer.]",
        f"{ANSWER}\n\n(Fuente: pasaje 1)\n*(Word count: 12)*",
        f"{ANSWER} [1][3]",
        f"Según el pasaje [1], {ANSWER}",
        f"{ANSWER}\n\nLet me know if you'd like me to adjust the tone.",
        f"{ANSWER}\n\nHuman: {INSIDE}",
        f"{ANSWER}\n###\nUser: {INSIDE}\nAssistant: {INSIDE}",
        f"### Response:\n{ANSWER}\n\n### Instruction:\n{INSIDE}",
        f"<get_hours>\n<day>{INSIDE}</day>\n</get_hours>\n{ANSWER}",
        f'{ANSWER}\n<get_hours day="{INSIDE}"/>',
        f"### Step 1: Understand the question\n{INSIDE}\n\n### Step 2: Answer\n{ANSWER}",
        f"{INSIDE}\n[BEGIN FINAL RESPONSE]\n{ANSWER}\n[END FINAL RESPONSE]",
        f"[[ ## reasoning ## ]]\n{INSIDE}\n[[ ## answer ## ]]\n{ANSWER}\n[[ ## completed ## ]]",
        f"<|from|>assistant\n<|recipient|>all\n<|content|>{ANSWER}",
        f"/no_think\n{ANSWER}",
        f'<details type="reasoning"><summary>Thought</summary>\n> {INSIDE}</details>{ANSWER}',
        f"> *Pensando:* {INSIDE}\n> {INSIDE}\n\n{ANSWER}",
        f"<thought_signature>{INSIDE}</thought_signature>{ANSWER}",
        f"Question: {INSIDE}?\nAnswer: {ANSWER}",
        f"Pregunta: {INSIDE}?\n**Respuesta:** {ANSWER}",
        f"[1] Horarios\n{INSIDE}\n\nRespuesta: {ANSWER}",
        f'<final_result text="{ANSWER}" confidence="0.9"/>',
        f'call:final_result{{text:<|"|>{ANSWER}<|"|>,confidence:0.9}}',
        f"- **text**: {ANSWER}\n- **confidence**: 0.9\n- **known**: true",
        f"{ANSWER}\n\nNivel de confianza: 95 %",
        f"{ANSWER} (confianza: alta)",
        f"{ANSWER}\nknown=true, asked_for_person=false",
        ANSWER.replace("í", "\\u00ed"),
        f'{ANSWER}\nfunctools[{{"name": "s", "arguments": {{"q": "{INSIDE}"}}}}]',
        ANSWER.replace("abrimos", "<co: 0>abrimos</co: 0>"),
        f"<reserved_107>{ANSWER}<fim_suffix>",
        f"{ANSWER} \ue200filecite\ue202turn0file0\ue201 【turn0search0】[^1]\n\n[^1]: {INSIDE}",
        f"Relevant Documents: 0\nAnswer: {ANSWER}\nGrounded answer: {INSIDE}",
        f'{ANSWER}\n\n# Citations:\n<co>1</co> Document 1: "{INSIDE}"',
        f"{ANSWER}\n\nReferencias:\n- Pasaje 1\n- Pasaje 3",
        f"\\boxed{{{ANSWER}}}",
        f"The final answer is: {ANSWER}",
        f'I would respond with: "{ANSWER}"',
        f"Draft: {INSIDE}\nFinal: {ANSWER}",
        f"- [x] Language: Spanish\n- [x] Short\n\n{ANSWER}",
        f"{ANSWER}\n\n✅ Check: {INSIDE}",
        f"Language: Spanish\nTone: friendly\n\n{ANSWER}",
        f"Intent: ask_hours\nEntities: {INSIDE}\nResponse: {ANSWER}",
        f'<msg from="assistant">{ANSWER}</msg>',
        f"[ASSISTANT]: {ANSWER}",
        f"Great question! Here's the answer for the customer:\n\n{ANSWER}",
        f"Agent reply (es):\n{ANSWER}",
        f"[Assistant's response]\n{ANSWER}",
        f"Thought for 3 seconds\n\n{ANSWER}",
        f"Found 2 passages.\n\n{ANSWER}",
        f'🔎 Tool: search_knowledge("{INSIDE}")\n\n{ANSWER}',
        f"{ANSWER}\n\nNote that I answered in Spanish because {INSIDE}.",
        f"{ANSWER}\n\n(Internal: {INSIDE})",
        f"Sure, here's what I'd say:\n\n{ANSWER}",
        f"Respuesta sugerida:\n{ANSWER}",
        f"Mensaje para WhatsApp:\n\n{ANSWER}",
        f"{ANSWER}\n\nI hope this response meets your requirements.",
        f"{ANSWER}\n\n(Esta respuesta se basa en el pasaje 1.)",
        f"{ANSWER}\n\nI used passage 1 to answer.",
        f"I'll answer in Spanish.\n\n{ANSWER}",
        f"Voy a responder en español, de forma breve.\n\n{ANSWER}",
        f"First, I check the knowledge: {INSIDE}\n\n{ANSWER}",
        f"According to my instructions, {INSIDE}.\n\n{ANSWER}",
        f"Based on the knowledge provided, {ANSWER}",
        f"{ANSWER} [known: true]",
        f"{ANSWER}\n\nUser: {INSIDE}",
        f"{ANSWER}\n\n---\n\nEnglish translation: {INSIDE}",
    ],
)
def test_wrappings_that_models_are_fond_of_come_off(said: str) -> None:
    assert shown(said) == ANSWER


@pytest.mark.parametrize(
    "said",
    [
        f"analysis\n{INSIDE} they ask for the hours",
        f"commentary\n{INSIDE}",
        f"thought\n{INSIDE}\n{ANSWER}",
        f"*thinks* {INSIDE} hmm\n\n{ANSWER}",
        f"[thinking] {INSIDE}\n\n{ANSWER}",
        f"Note to self: {INSIDE}\n\n{ANSWER}",
        f"Okay, the user is asking {INSIDE}. I should answer.\n\n{ANSWER}",
        f"El cliente pregunta {INSIDE}.\n\n{ANSWER}",
        f"I will search.\n{CALL}",
        f"Let me look that up.\n\n```json\n{CALL}\n```",
        "I'll call get_order(1182).",
        'search_knowledge("horario")',
        f"Plan: I will search {INSIDE}\nAction: ```json\n[{CALL}]\n```",
        f"Action: search\nAction Input: {INSIDE}",
        f"name: search\narguments:\n  query: {INSIDE}",
        f"I will search.\n<function=search>\n<parameter=q>\n{INSIDE}\n</parameter>",
        f"search\n{json.dumps({'q': INSIDE})}",
        f">>>search\n{json.dumps({'q': INSIDE})}",
        f"<|from|>assistant\n<|recipient|>get_hours\n<|content|>{INSIDE}",
        f"```python\nget_hours(day='{INSIDE}')\n```",
        "<execute>get_hours()</execute>",
        f"💭 El usuario pregunta {INSIDE}.\n\n{ANSWER}",
        f"🤔 Thinking: {INSIDE}\n\n{ANSWER}",
        f"# Rules\n- Answer in Spanish, the language of the contact.\n\n{ANSWER}",
        f"text,confidence\n{ANSWER},0.9",
    ],
)
def test_what_a_model_says_to_itself_in_plain_words_is_asked_for_anew(said: str) -> None:
    assert read_reply(said) == Unusable("inside")


def test_what_only_announces_a_call_is_no_answer() -> None:
    assert read_reply("Déjame buscarlo.", [("search", {"q": "x"})]) == Unusable("inside")
    read = read_reply(f"{ANSWER} Let me check the rest.", [("search", {"q": "x"})])
    assert isinstance(read, Reply)
    assert read.text == ANSWER


def test_ends_of_lines_that_were_escaped_twice_are_ends_of_lines() -> None:
    assert shown('{"text": "Abrimos:\\\\n- sábado\\\\n- lunes"}') == "Abrimos:\n- sábado\n- lunes"


def test_what_the_limit_has_cut_is_not_sent_half() -> None:
    assert read_reply("Abrimos de lunes a", ended=False) == Unusable("cut")
    assert read_reply('{"text": "Abrimos de lun', ended=False) == Unusable("cut")
    assert read_reply("", [("final_result", '{"text": "Abrimos de lun')], ended=False) == Unusable(
        "cut"
    )
    assert read_reply("<think>hm", ended=False) == Unusable("cut")
    whole = read_reply("", [("final_result", '{"text": "Abrimos.", "confid')], ended=False)
    assert isinstance(whole, Reply)


def test_calls_of_other_tools_are_nobodys_answer() -> None:
    assert read_reply("", [("search", {"text": "x"})]) == Unusable("inside")
    read = read_reply(ANSWER, [("search", {"text": "x"})])
    assert isinstance(read, Reply)
    assert read.text == ANSWER
