"""Words that several commands take."""

from enum import StrEnum


class TagOrder(StrEnum):
    """How the tags of drivers go round."""

    RANDOM = "random"
    ROUND_ROBIN = "round-robin"
    AFFINITY = "connector-affinity"
