"""A place in an app that is built once, for the object of whichever test is at hand."""

from typing import Any


class Standing:
    """Stands for the object of the test at hand, in an app that is built once for all of them:
    building it takes longer than most tests."""

    def __init__(self) -> None:
        self.behind: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)
