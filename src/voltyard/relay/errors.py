"""Errors of a request that was handed to another process."""

from voltyard.kernel.errors import Unavailable


class NodeGone(Unavailable):
    """A request for a process that is not reached, or takes no more. Nothing was done."""

    code = "node_gone"
    hint = "nothing was done; ask again in a few seconds, when another process has its place"


class AnswerLost(Unavailable):
    """A request whose answer, or the rest of it, will not come: it may have been carried out."""

    code = "answer_lost"
    hint = "it may have been carried out: look before you ask again"
