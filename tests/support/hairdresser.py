"""A hairdresser's intents: what tests of structured talk begin with."""

from __future__ import annotations

from typing import Any

import msgspec

from recado.assistant.intents import Intent

BOOK: dict[str, Any] = {
    "name": "book",
    "title": {"es": "Cita", "pt": "Horário", "en": "Appointment"},
    "examples": {
        "es": [
            "quiero una cita",
            "quiero reservar una cita para {day}",
            "me gustaría pedir hora",
            "necesito cita para {service}",
            "quiero {service}",
            "¿me das cita para {day}?",
            "¿tienen hueco {day}?",
            "reservar",
            "agendar un turno",
        ],
        "pt": [
            "quero marcar um horário",
            "gostaria de agendar {service}",
            "quero marcar {service} para {day}",
            "quero {service}",
            "tem horário {day}?",
        ],
        "en": [
            "I'd like to book an appointment",
            "I want to make an appointment for {day}",
            "can I book {service} for {day}?",
            "I'd like {service}",
            "do you have a slot {day}?",
        ],
    },
    "slots": [
        {
            "name": "service",
            "kind": "choice",
            "title": {"es": "Servicio", "pt": "Serviço", "en": "Service"},
            "question": {
                "es": "¿Qué te hacemos?",
                "pt": "O que você quer fazer?",
                "en": "What would you like done?",
            },
            "choices": [
                {"value": "Corte", "words": ["cortar", "corte de pelo", "cabelo", "haircut"]},
                {"value": "Tinte", "words": ["color", "coloração", "tingir", "dye"]},
                {"value": "Peinado", "words": ["recogido", "penteado", "updo"]},
            ],
        },
        {
            "name": "day",
            "kind": "date",
            "title": {"es": "Día", "pt": "Dia", "en": "Day"},
            "question": {"es": "¿Para qué día?", "pt": "Para que dia?", "en": "For which day?"},
            "days_ahead": 90,
        },
        {
            "name": "time",
            "kind": "time",
            "title": {"es": "Hora", "pt": "Hora", "en": "Time"},
            "question": {"es": "¿A qué hora?", "pt": "A que horas?", "en": "At what time?"},
        },
        {
            "name": "client",
            "kind": "text",
            "title": {"es": "Nombre", "pt": "Nome", "en": "Name"},
            "question": {
                "es": "¿A nombre de quién?",
                "pt": "Em nome de quem?",
                "en": "Under which name?",
            },
            "most": 60,
        },
    ],
    "confirmations": {
        "es": "{{ service }} el {{ day }} a las {{ time }}, a nombre de {{ client }}. ¿Lo reservo?",
        "pt": "{{ service }} em {{ day }} às {{ time }}, em nome de {{ client }}. Posso marcar?",
        "en": "{{ service }} on {{ day }} at {{ time }}, for {{ client }}. Shall I book it?",
    },
    "ending": {
        "answers": {
            "es": "Listo, {{ client }}: te esperamos el {{ day }} a las {{ time }}.",
            "pt": "Pronto, {{ client }}: esperamos você em {{ day }} às {{ time }}.",
            "en": "Done, {{ client }}: see you on {{ day }} at {{ time }}.",
        }
    },
}
CANCEL: dict[str, Any] = {
    "name": "cancel_appointment",
    "title": {"es": "Cancelar cita", "pt": "Cancelar horário", "en": "Cancel appointment"},
    "examples": {
        "es": ["quiero cancelar mi cita", "anular la cita de {day}", "no puedo ir a mi cita"],
        "pt": ["quero cancelar meu horário", "desmarcar o horário de {day}"],
        "en": ["I want to cancel my appointment", "cancel my booking for {day}"],
    },
    "slots": [
        {"name": "day", "kind": "date", "question": {"es": "¿De qué día es la cita?"}},
        {"name": "phone", "kind": "phone", "question": {"es": "¿Con qué teléfono la pediste?"}},
    ],
    "confirms": False,
    "ending": {"hands_over": True, "department": "sales"},
}
QUOTE: dict[str, Any] = {
    "name": "quote",
    "title": {"es": "Presupuesto de boda", "en": "Wedding quote"},
    "examples": {
        "es": ["quiero un presupuesto para una boda", "presupuesto de novia"],
        "en": ["I need a quote for a wedding"],
        "pt": ["quero um orçamento para casamento"],
    },
    "slots": [
        {"name": "people", "kind": "number", "question": {"es": "¿Cuántas personas?"}, "least": 1}
        | {"most": 40, "title": {"es": "Personas"}},
        {"name": "budget", "kind": "money", "question": {"es": "¿Qué presupuesto tienes?"}}
        | {"currency": "€", "title": {"es": "Presupuesto"}},
        {"name": "at_home", "kind": "yes_no", "question": {"es": "¿Vamos a tu casa?"}}
        | {"title": {"es": "A domicilio"}},
        {"name": "email", "kind": "email", "question": {"es": "¿A qué correo te lo mandamos?"}},
        {"name": "note", "kind": "text", "question": {"es": "¿Algo más? (o «no»)"}}
        | {"required": False},
    ],
    "ending": {"answers": {"es": "Te lo enviamos a {{ email }}."}},
}


def intents(*given: dict[str, Any]) -> tuple[Intent, ...]:
    """The intents of those descriptions; all of the hairdresser's where none is named."""
    return tuple(msgspec.convert(it, Intent) for it in given or (BOOK, CANCEL, QUOTE))
