"""The style of the code, as far as a program can tell: lengths, names, first lines of docstrings.

Each rule says why it is one. What it does not hold for is in a table beside it, with the reason;
an entry that is needed no more fails too, so the tables can only get shorter.
"""

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "voltyard"
FOLDERS = (SOURCE, ROOT / "bench", ROOT / "tools")
GENERATED = frozenset(SOURCE / "ocpp" / version / "messages.py" for version in ("v16", "v201"))

FILE_LINES = 500
FUNCTION_LINES = 50
FOLDER_FILES = 15

LONG_FILES = {
    "src/voltyard/charger/charger.py": "puts the parts together, and hands each input to its part",
    "src/voltyard/csms/backend.py": "one front for all that is asked of the backend",
    "src/voltyard/csms/transactions/transactions.py": "both versions' transactions, one rule each",
    "src/voltyard/kernel/limits.py": "one list of all limits, so that each is found",
    "src/voltyard/network/links/picows_links.py": "one adapter, both ends",
}
LONG_FUNCTIONS = {
    "bench/figures.py backend_cpu": "one measurement, from begin to end",
    "src/voltyard/api/health.py health_router": "routes are nested functions",
    "src/voltyard/charger/charger.py Charger.__init__": "puts the parts together",
    "src/voltyard/cli/fleet/fleet.py fleet": "options are parameters",
    "src/voltyard/cli/scenarios/run.py run": "options are parameters",
    "src/voltyard/cli/load/load.py load": "options are parameters",
    "src/voltyard/cli/simulate.py simulate": "options are parameters",
    "src/voltyard/cli/trace.py trace": "options are parameters",
    "src/voltyard/cli/up.py up": "options are parameters",
    "src/voltyard/cli/beside/worker.py worker": "options are parameters",
    "src/voltyard/cli/yard/locations.py new_location": "options are parameters",
    "src/voltyard/csms/backend.py Backend.__init__": "puts the parts together",
    "src/voltyard/csms/handlers/handlers.py RequestHandlers.__init__": "puts the parts together",
    "src/voltyard/server/server.py Server._start": "puts the parts together",
    "src/voltyard/simulation/nodes/processes.py NodeLife.start": "puts the parts together",
    "src/voltyard/simulation/nodes/processes.py ServerLife.start": "puts the parts together",
    "src/voltyard/simulation/nodes/simulate_nodes.py _Lab._play": "one history, begin to end",
    "src/voltyard/storage/migrations/versions/0001_the_first_schema.py upgrade": "frozen",
    "src/voltyard/storage/migrations/versions/0002_the_gateway_whole.py upgrade": "frozen",
    "src/voltyard/yard/yard.py Yard.__init__": "puts the parts together",
}
LARGE_FOLDERS = {
    "src/voltyard/api/csms": "a file of routes for each resource",
    "src/voltyard/charger/v201": "a file for each functional block on the wire",
    "src/voltyard/conformance/charger/v201": "a file of cases for each functional block",
    "src/voltyard/conformance/csms/v201": "a file of cases for each functional block",
    "src/voltyard/csms/commands": "a file of commands for each functional block, and their senders",
    "src/voltyard/csms/v201": "a file for each functional block on the wire",
    "src/voltyard/storage/migrations/versions": "a file for each revision, and they are frozen",
}

_OCPP = "same meaning: the OCPP action of that name, in either half"
_MACHINE = "same meaning: input or effect of either machine"
_SHOWN = "same meaning: the REST form of it"
SHARED_NAMES = {
    "Authorize": _OCPP,
    "BootNotification": _OCPP,
    "Connector": _SHOWN,
    "DataTransfer": _SHOWN,
    "FirmwareStatusNotification": _OCPP,
    "GetLog": _OCPP,
    "NotifyEVChargingNeeds": _OCPP,
    "HangUp": _MACHINE,
    "Heartbeat": _OCPP,
    "LinkDown": _MACHINE,
    "Get15118EvCertificate": _OCPP,
    "GetCertificateStatus": _OCPP,
    "LinkUp": _MACHINE,
    "LogStatusNotification": _OCPP,
    "MeterValue": "same meaning: OCPP's MeterValue, in either half",
    "PublishFirmware": _OCPP,
    "PublishFirmwareStatusNotification": _OCPP,
    "Received": _MACHINE,
    "Reservation": _SHOWN,
    "ReservationStatusUpdate": _OCPP,
    "SampledValue": "same meaning: OCPP's SampledValue, in either half",
    "SecurityEventNotification": _OCPP,
    "SignCertificate": _OCPP,
    "Station": "same meaning: the charging station of the tester, in either version",
    "StatusNotification": _OCPP,
    "Tick": _MACHINE,
    "TransactionEvent": _OCPP,
    "TransactionStarted": "same meaning: the event, told by either half",
    "Transmit": _MACHINE,
    "UpdateFirmware": _OCPP,
}

UNITS_FIRST = {
    "bytes_each": "the unit is bytes each",
    "bytes_of": "a function: the bytes of something",
    "bytes_per_s": "the unit is bytes per second",
    "bytes_waiting": "a member of picows",
    "percent_per_joule": "the unit is percent per joule",
    "seconds_until": "a function that gives seconds",
    "watts_per_ampere": "the unit is watts per ampere",
    "watts_per_unit": "the unit is watts per ampere, or per watt",
}
STAR_IMPORTS: dict[str, str] = {}

_RIDDLE = re.compile(
    r"(What|Whether|Who|Whom|Whose|It|As|How|Where|Why|When|Which|That|Those|These|If)\b"
    r"|.*\b[Nn]obody\b"
)
_QUESTION = re.compile(r"(How|What|When|Where|Whether|Who|Whom|Whose|Why)\b")
RIDDLING_ATTRIBUTES = ("src/voltyard/charger/evse/",)
"""Its parts are being taken apart."""
PRIVATE = {"src/voltyard/workflows/dbos_engine.py": "DBOS has no door to its event loop"}
PUBLIC_NAMES_OF_LIBRARIES = {"_replace", "_mapping", "_exit"}


RIDDLES: dict[str, int] = {}
"""How many there are still, by room."""

_UNIT_FIRST = re.compile(
    r"_*((k?wh?|ma|ms|us|mb|kb|hz|percent|watts|amps|volts|seconds|bytes)_\w+)"
)


@cache
def modules() -> dict[str, ast.Module]:
    """The modules that somebody wrote, by path from the root."""
    paths = [path for folder in FOLDERS for path in folder.rglob("*.py")]
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for path in sorted(paths)
        if path not in GENERATED
    }


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function below, with its qualified name."""
    for node in ast.iter_child_nodes(tree):
        name = f"{prefix}{getattr(node, 'name', '')}"
        if isinstance(node, Function):
            yield name, node
        inner = f"{name}." if isinstance(node, Function | ast.ClassDef) else prefix
        yield from functions(node, inner)


def lines(path: str) -> int:
    return len((ROOT / path).read_text().splitlines())


def test_no_file_is_longer_than_an_afternoon() -> None:
    """A reader keeps a file in mind; beyond 500 lines it is several things."""
    long = {path for path in modules() if lines(path) > FILE_LINES}

    assert long == LONG_FILES.keys()


def test_no_function_is_longer_than_a_screen() -> None:
    """A function that fits a screen is read as one thought."""
    long = {
        f"{path} {name}"
        for path, tree in modules().items()
        for name, node in functions(tree)
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    }

    assert long == LONG_FUNCTIONS.keys()


def test_nothing_waits_by_wait_for() -> None:
    """In Python 3.11 it loses a cancellation that comes as what it waits for ends; a block of
    asyncio.timeout does not."""
    waiting = {
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if path.startswith("src/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "asyncio.wait_for"
    }

    assert not waiting


def test_no_folder_has_more_files_than_can_be_looked_over() -> None:
    """The list of a folder's files is its table of contents."""
    files = Counter(
        str(Path(path).parent) for path in modules() if Path(path).name != "__init__.py"
    )
    large = {folder for folder, count in files.items() if count > FOLDER_FILES}

    assert large == LARGE_FOLDERS.keys()


def test_one_public_class_name_has_one_meaning() -> None:
    """Who has learnt a name in one room need not unlearn it in the next."""
    places = defaultdict(set)
    for path, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(path)
    shared = {
        name
        for name, paths in places.items()
        if len([path for path in paths if path.startswith("src/")]) > 1
    }

    assert shared == SHARED_NAMES.keys()


def test_units_are_last_in_names() -> None:
    """`power_w`, not `w_power`: the quantity is looked for, the unit is checked."""
    wrong = {
        match[1]
        for tree in modules().values()
        for node in ast.walk(tree)
        for name in _names(node)
        if (match := _UNIT_FIRST.fullmatch(name))
    }

    assert wrong == UNITS_FIRST.keys()


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
    return []


def test_nothing_is_imported_by_a_star() -> None:
    """A reader, and a type checker, must be able to see where a name comes from; and what is
    gathered by the side effect of an import depends on the order of imports."""
    starred = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(name.name == "*" for name in node.names)
    }

    assert starred == STAR_IMPORTS.keys()


# --- docstrings ----------------------------------------------------------------------------------


def docstrings() -> Iterator[tuple[str, str]]:
    """Every docstring in the code, with where it stands."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                text = ast.get_docstring(node)
                if text is not None:
                    yield f"{path} {getattr(node, 'name', '-')}", text


@cache
def published() -> str:
    """The API's description: its words are for users, and other tests hold them."""
    return (ROOT / "openapi.json").read_text()


def is_published(where: str, first: str) -> bool:
    """Whether a docstring is shown by the API, or describes an event in the backend's guide."""
    shown = json.dumps(first, ensure_ascii=False).removesuffix('"')
    return where.startswith("src/voltyard/csms/events.py ") or (
        f'"description": {shown}' in published()
    )


def test_every_module_says_what_it_is() -> None:
    """The first line of a file is its entry in the map."""
    silent = [
        path for path, tree in modules().items() if not (ast.get_docstring(tree) or "").strip()
    ]

    assert silent == []


def test_a_docstring_begins_with_a_noun_or_a_verb() -> None:
    """A reader skims first words and looks for the thing. "What may flow" and "Whether it is so"
    begin a riddle whose answer comes later, if at all; "nobody" tells who is absent."""
    riddles = Counter(
        "/".join(where.split("/")[:3]) if where.startswith("src/") else where.split("/")[0]
        for where, text in docstrings()
        if _RIDDLE.match(first := text.partition("\n")[0]) and not is_published(where, first)
    )

    assert riddles == RIDDLES


def attribute_docstrings() -> Iterator[tuple[str, str]]:
    """Every text after an assignment, which says what is assigned, with where it stands."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if not isinstance(body := getattr(node, "body", None), list):
                continue
            for one, following in pairwise(body):
                if isinstance(one, ast.Assign | ast.AnnAssign) and isinstance(following, ast.Expr):
                    text = following.value
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield path, text.value


def test_what_is_said_of_an_attribute_begins_with_a_noun() -> None:
    """So the name and the text read as one: `due_at`, the moment when the call times out."""
    riddles = {
        f"{path}: {text}"
        for path, text in attribute_docstrings()
        if _QUESTION.match(text) and not path.startswith(RIDDLING_ATTRIBUTES)
    }

    assert not riddles


def test_the_first_paragraph_of_a_docstring_ends() -> None:
    """One that ends without punctuation was cut off, or is a note to oneself."""
    open_ended = [
        f"{where}: {paragraph}"
        for where, text in docstrings()
        if not (paragraph := text.partition("\n\n")[0].rstrip()).endswith((".", ":", "?", ")", "`"))
    ]

    assert open_ended == []


# --- parts --------------------------------------------------------------------------------------


def test_private_attributes_are_of_a_class_in_the_same_file() -> None:
    """A part's state is written by that part alone; who reaches into it shares its secret. A file
    is one thing: its classes and functions may know each other."""
    reaching = set()
    for path, tree in modules().items():
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr)
        }
        if used - _own_names(tree) - PUBLIC_NAMES_OF_LIBRARIES:
            reaching.add(path)

    assert reaching == PRIVATE.keys()


def _own_names(tree: ast.Module) -> set[str]:
    """Members of the classes of a file, and of those that they inherit from."""
    return {node.name for node in ast.walk(tree) if isinstance(node, Function)} | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    }


def test_each_migration_follows_the_one_before() -> None:
    """Two that were written side by side both follow the same one; the later has to be renumbered
    and to follow the other, or no database can be opened."""
    files = sorted((SOURCE / "storage/migrations/versions").glob("*.py"))
    told = [
        re.findall(r'^(?:down_)?revision.* = "?(\w+)"?$', one.read_text(), re.M) for one in files
    ]
    numbers = [f"{n:04d}" for n in range(1, len(files) + 1)]

    assert [one.name[:4] for one in files] == numbers
    assert told == [list(pair) for pair in zip(numbers, ["None", *numbers], strict=False)]
