"""Seeds, ids and errors: the same in, the same out."""

import re

from voltyard.kernel import ids
from voltyard.kernel.errors import NotConnected, VoltyardError
from voltyard.kernel.seeds import stream


def test_a_stream_depends_on_its_seed_and_name_alone() -> None:
    first = [stream(7, "charger", 1).random() for _ in range(2)]
    assert first[0] == first[1]
    assert stream(7, "charger", 2).random() != first[0]
    assert stream(8, "charger", 1).random() != first[0]


def test_names_do_not_run_into_each_other() -> None:
    assert stream(1, "ab", "c").random() != stream(1, "a", "bc").random()


def test_ids_have_the_shapes_that_were_promised() -> None:
    random = stream(1, "ids")
    assert re.fullmatch(r"dep-[0-9a-z]{16}", ids.prefixed("dep-", random))
    assert re.fullmatch(r"[0-9a-f]{12}", ids.hexadecimal(random))
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ids.uuid(random)
    )


def test_every_error_has_a_code_of_its_own() -> None:
    def tree(kind: type[VoltyardError]) -> list[type[VoltyardError]]:
        return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]

    codes = [
        kind.code for kind in tree(VoltyardError) if kind.__module__ == "voltyard.kernel.errors"
    ]
    assert len(codes) == len(set(codes))


def test_an_error_says_what_and_what_to_do() -> None:
    error = NotConnected("CP-1 is not connected", charger="CP-1")
    assert str(error).startswith("CP-1 is not connected (")
    assert error.details == {"charger": "CP-1"}
    assert str(NotConnected("gone", hint="plug it in")) == "gone (plug it in)"
