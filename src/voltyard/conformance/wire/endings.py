"""Early endings of a case: a broken expectation, or a reason why nothing can be judged."""

from voltyard.reports.verdicts import BrokenExpectation


class CaseEnded(Exception):
    """A case that does not go on."""


class ExpectationBroken(CaseEnded):
    """The subject did other than a case expects: the case fails."""

    def __init__(self, broken: BrokenExpectation) -> None:
        super().__init__(f"{broken.step}: expected {broken.expected}; came {broken.came}")
        self.broken = broken


class Inconclusive(CaseEnded):
    """A case that cannot come to what it judges."""


class NotApplicable(CaseEnded):
    """A case that does not apply to this subject."""


class DriverFailed(Inconclusive):
    """A driver that could not have the subject do something; the message shows its answer."""
