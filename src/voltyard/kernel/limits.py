"""Every bound of the program, by name: what may grow, how far, and what happens there."""

from voltyard.kernel.time import Seconds

FRAME_BYTES = 256 * 1024
"""Longest text frame taken from a peer; a longer one closes the link with 1009."""

SEND_BUFFER_BYTES = 4 * 1024 * 1024
"""Unsent bytes a link may hold for a slow peer; beyond it the link is closed with 1013."""

RPC_QUEUE_CALLS = 100
"""Calls waiting behind the outstanding one; a further one is refused with Overfull."""

OUTBOX_MESSAGES = 10_000
"""Transaction messages a charger keeps while offline; beyond it, middle meter values go first."""

COMMAND_QUEUE = 1_000
"""Commands waiting for one simulated charger; a further one is refused with Overfull."""

AUTHORIZATION_CACHE_ENTRIES = 1_000
"""Cached tags a charger keeps; beyond it invalid ones go first, then the oldest."""

LOCAL_LIST_ENTRIES = 10_000
"""Entries of a local authorization list; a longer list is refused by the charger."""

CALL_TIMEOUT_S: Seconds = 30.0
"""How long a CALL waits for its answer unless told otherwise."""

WRITER_ROWS = 100_000
"""Rows handed to the database and not yet committed. Beyond it a write that somebody waits for is
refused with Overfull, and one that nobody waits for is dropped and counted."""

WRITER_LINGER_S: Seconds = 0.001
"""How long the first write somebody waits for waits for company before the group is committed."""

WRITER_IDLE_S: Seconds = 0.25
"""How long writes nobody waits for may stay uncommitted."""

CHARGER_COMMANDS = 100
"""Commands of the backend waiting for one charger; a further one is refused with Overfull."""

DEFERRED_ANSWERS = 100
"""CALLs of one charger whose answers wait for a commit or a decision; a further one is answered
with a CALLERROR InternalError."""

CLOSED_TRANSACTIONS = 50_000
"""Completed transactions the backend keeps in memory to know a replay by; the oldest go first."""

PENDING_STARTS = 16
"""Accepted remote starts of one charger that wait for their transaction; the oldest goes first."""

PENDING_START_S: Seconds = 300.0
"""How long an accepted remote start waits for its transaction before it is forgotten."""

STORED_CONNECTORS = 1_000
"""Connectors remembered of one charger; the status of a further one is answered, not kept."""

LOGGED_FRAME_CHARS = 32 * 1024
"""How much of a frame the message log keeps."""

REPORT_PARTS = 2_000
"""Parts of one report (NotifyReport) that a command waits for; beyond it the command fails."""

SILENT_INTERVALS = 3
"""Heartbeat intervals without a frame after which a charger that is not pinged is given up."""

COMMAND_LIFETIME_S: Seconds = 86_400.0
"""How long a command of the gateway may wait for its result before it is given up as expired."""

COMMAND_WAIT_S: Seconds = 30.0
"""How long a request of the gateway waits for the answer of a charger; the command lives on."""

PROVISIONINGS_AT_ONCE = 64
"""Runtimes being started at a time; further deployments wait for their turn."""

PROVISIONING_ATTEMPTS = 4
"""How often a start is tried while the provider is unavailable before a deployment has failed."""

BULK_CHARGERS = 10_000
"""Chargers of one bulk creation; a larger one is refused."""

REST_BODY_BYTES = 1024 * 1024
"""Longest body of a REST request; a longer one is answered 413."""

SEQUENCE_GAPS = 1_000
"""Sequence numbers of one transaction kept apart from the unbroken run; the lowest goes first."""

MEMORY_JOURNAL_ROWS = 100_000
"""Rows of each log kept by a journal in memory; the oldest go first."""

IDENTITY_CHARACTERS = 255
"""Longest chargeBoxId; OCPP 2.x allows 48, chargers in the field go beyond."""

MESSAGE_ROWS = 5_000_000
"""Rows of each half's log of messages; beyond it the oldest go, whatever age they may reach."""

RETENTION_EVERY_S: Seconds = 3_600.0
"""How often history is swept of what is too old."""

RETENTION_STEP_ROWS = 5_000
"""Rows deleted in one go while sweeping, so that other writes need not wait for long."""

READER_THREADS = 4
"""Readings of the database that run at once; further ones wait for a thread."""
