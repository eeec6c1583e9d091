"""What one run file holds, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]

GROUPS = ("curve", "trigger", "final", "preprocessing")


@dataclass(frozen=True)
class RunRecord:
    """The content of one run file.

    attributes: text and numbers about the run (config, key, status, provenance). curve: one column a name, one entry a
    checkpoint. trigger: one entry a table decision. final: arrays of the end of the run. preprocessing: how a raw
    vector becomes a row that the final encoder takes (``mean``).
    """

    attributes: Mapping[str, str | int | float | bool]
    curve: Columns = field(default_factory=dict)
    trigger: Columns = field(default_factory=dict)
    final: Columns = field(default_factory=dict)
    preprocessing: Columns = field(default_factory=dict)
