"""The model behind every answer."""

from typing import Any, Self

from pydantic import BaseModel


class Answer(BaseModel):
    """An answer, or a part of one. Only what is a field of it is ever told."""

    @classmethod
    def of_record(cls, record: object, **otherwise: Any) -> Self:
        """The fields of a record that have the same names, but for those that are given here."""
        names = cls.model_fields.keys() - otherwise.keys()
        same = {name: getattr(record, name) for name in names if hasattr(record, name)}
        return cls(**same, **otherwise)
