"""How alike a model finds texts: models differ in what a cosine of 0.5 means. Each is measured once
by the same pairs of questions and answers, and what it says of passages is read by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from recado.assistant.knowledge.meaning.port import Embedder, Vectors

#: A question, and a text that answers it; to the others of its language it has nothing to say.
PAIRS = (
    ("¿a qué hora abren mañana?", "Horario. De lunes a viernes de 9:00 a 20:00."),
    ("se me rompió, ¿me lo cambian?", "Garantía. Los defectos se reparan o se cambia el producto."),
    ("¿dónde dejo el coche?", "Aparcamiento. Hay un parking público a dos calles."),
    ("¿puedo pagar con tarjeta?", "Formas de pago. Se acepta efectivo, tarjeta y transferencia."),
    ("que horas vocês fecham?", "Horário. Abrimos todos os dias das 8h às 19h."),
    ("quero devolver o que comprei", "Devoluções. Você tem 30 dias para devolver um produto."),
    ("vocês levam em casa?", "Entregas. Entregamos em toda a cidade no mesmo dia."),
    ("posso falar com alguém?", "Contato. Nosso telefone e nosso e-mail estão no site."),
    ("how much does it cost?", "Prices. A single ticket is 12 euros, a pass is 90."),
    ("where are you?", "Address. You find us at 14 Mill Street, on the first floor."),
    ("do you have something for vegetarians", "Menu. Three dishes are without meat or fish."),
    ("i forgot my password", "Your account. Reset it by the link below the sign-in form."),
)


class Scale(msgspec.Struct, frozen=True):
    low: float
    high: float

    def read(self, cosine: float) -> float:
        """0: nothing in common; 1: as a question and its answer."""
        return (cosine - self.low) / max(self.high - self.low, 0.05)


async def measure(embedder: Embedder) -> Scale:
    """Raises ModelError."""
    asked = await embedder.embed([question for question, _ in PAIRS], asked=True)
    told = await embedder.embed([answer for _, answer in PAIRS], asked=False)
    return scale_of(asked, told)


def scale_of(asked: Vectors, told: Vectors) -> Scale:
    alike = asked @ told.T
    count = len(alike)
    high = float(alike.diagonal().mean())
    low = float((alike.sum() - alike.trace()) / (count * (count - 1)))
    return Scale(round(low, 4), round(high, 4))
