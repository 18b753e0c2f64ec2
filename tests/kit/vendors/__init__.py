"""Invented vendors: a device and its app each, and the evening on which their owner records them.

They share nothing with each other or with the open profile, and know nothing of the kit.
"""

from .knodo import Knodo
from .lumbara import Lumbara
from .oken import Oken
from .pallas import Pallas
from .pixa import Pixa
from .tessel import Tessel
from .wogge import Wogge

__all__ = [
    "VENDORS",
    "Knodo",
    "Lumbara",
    "Oken",
    "Pallas",
    "Pixa",
    "Tessel",
    "Wogge",
]

VENDORS = (Knodo, Lumbara, Wogge, Tessel, Pallas, Oken, Pixa)
