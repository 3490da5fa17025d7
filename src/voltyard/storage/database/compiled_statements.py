"""Statements of SQLAlchemy, compiled once in a process for all engines of one kind of database.

By itself each engine compiles all of them anew: a database has three, and a process may open many
databases, as the tests do.
"""

from typing import Final

from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from voltyard.kernel import limits

_COMPILED: Final[LRUCache[object, object]] = LRUCache(limits.COMPILED_STATEMENTS)
"""By the engine's dialect and the statement: so the dialects of engines that may share have to be
equal."""


def share(engine: Engine) -> None:
    """Have an engine, whose dialect equals those of its kind, share what is compiled."""
    engine.update_execution_options(compiled_cache=_COMPILED)
