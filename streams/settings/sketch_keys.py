"""The key of the sketches and, while that changes, the one before."""

from __future__ import annotations

from typing import NamedTuple

from streams.settings.secret import Secret


class SketchKeys(NamedTuple):
    """What a deployment sketches with.

    Attributes:
        current: The key.
        previous: The one that it replaces, as long as both are valid.
    """

    current: Secret
    previous: Secret | None = None

    def reveal(self) -> tuple[bytes, bytes | None]:
        """Return both, as `models.sketch.Sketcher` takes them."""
        return self.current.reveal(), None if self.previous is None else self.previous.reveal()

    @property
    def of_single_values(self) -> Secret:
        """The key of what an event has one of, as its network: the old one, until it is taken away."""
        return self.previous or self.current
