"""All detections, found by introspection: a new file in this folder is a new detection."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from inspect import isabstract

import models.detections
from models.detections.detection import Detection


def _concrete(base: type[Detection]) -> list[type[Detection]]:
    found = [] if isabstract(base) else [base]
    return found + [one for child in base.__subclasses__() for one in _concrete(child)]


@cache
def detections() -> tuple[Detection, ...]:
    """Return one of each detection, ordered by id.

    >>> [detection.id for detection in detections()][:2]
    ['SW-A01', 'SW-A02']
    """
    for module in pkgutil.iter_modules(models.detections.__path__):
        import_module(f"models.detections.{module.name}")
    found = [one() for one in _concrete(Detection)]  # type: ignore[type-abstract]
    return tuple(sorted(found, key=lambda detection: detection.id))
