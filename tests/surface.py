"""The description of the REST surface as it is committed, for tests that walk over its operations.

Describing the routes takes seconds, in each process of tests. That openapi.json is what they say is
for tests/api/test_openapi.py.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

OPENAPI: Final = Path(__file__).resolve().parents[1] / "openapi.json"


@cache
def description(*prefixes: str) -> dict[str, Any]:
    """All of it, or the paths that begin so. Not to be changed."""
    whole: dict[str, Any] = json.loads(OPENAPI.read_text()) if not prefixes else description()
    if not prefixes:
        return whole
    paths = whole["paths"]
    return {**whole, "paths": {path: paths[path] for path in paths if path.startswith(prefixes)}}
