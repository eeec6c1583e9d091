"""Groups of classes as text, such as ``1|2-4|5+7``, which names classes by their place in falling frequency."""

import re
from dataclasses import dataclass

EQUAL = "equal"
_PART = r"[1-9]\d*(?:-[1-9]\d*)?"
_GROUP = rf"{_PART}(?:\+{_PART})*"
_GROUPS = re.compile(rf"{_GROUP}(?:\|{_GROUP})*")


@dataclass(frozen=True)
class GroupsText:
    """The word equal, or groups of places, each place at most once."""

    def parse(self, text: str) -> str:
        """Return the text without spaces."""
        return re.sub(r"\s", "", text)

    def allows(self, value: object) -> bool:
        """Return whether the value is such a text."""
        if value == EQUAL:
            return True
        if not isinstance(value, str) or not _GROUPS.fullmatch(value):
            return False
        groups = places_of(value)
        places = [place for group in groups for place in group]
        return all(groups) and len(places) == len(set(places))

    def __str__(self) -> str:
        """Describe the text."""
        return "equal, or groups of places such as 1|2-4|5+7, each place once"


def places_of(text: str) -> list[list[int]]:
    """Return the places of each group, from 1."""
    return [[place for part in group.split("+") for place in _range(part)] for group in text.split("|")]


def _range(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)
