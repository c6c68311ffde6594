"""Keyed sketches of prompts: what an event may carry in place of the text (contract v1, section 3)."""

from models.sketch.prompt import Message, Part, Prompt
from models.sketch.secret import WeakKey
from models.sketch.sketcher import Sketch, Sketcher

__all__ = ["Message", "Part", "Prompt", "Sketch", "Sketcher", "WeakKey"]
