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

SECURITY_EVENTS_WAITING = 100
"""Security events a charger keeps for its CSMS; beyond it the oldest that is not critical goes,
else the oldest."""

SECURITY_LOG_EVENTS = 200
"""Security events in a charger's own log; beyond it the oldest goes."""

MISSED_ERRORS = 20
"""Errors of one absence that a charger tells its CSMS when it is back; beyond it the oldest go."""

RECOVERY_S: Seconds = 31_536_000.0
"""Longest time until a fault mends, or an outage ends, by itself."""

CLOCK_SKEW_S: Seconds = 1_892_160_000.0
"""Largest error of a simulated charger's clock, either way: 60 years, back to 1970 and beyond."""

QUIRKS = 32
"""Quirks of one simulated charger; more are refused."""

QUIRK_TEXT_CHARS = 255
"""Longest text that a parameter of a quirk may be."""

QUIRK_AGENDA = 1_000
"""Deeds that the quirks of one charger mean to do later, frames they hold back included; a further
one is not done."""

POWER_RESERVE_S: Seconds = 600.0
"""Longest that a simulated charger can run on a reserve of power."""

QUIRK_MEMO = 256
"""Things that one quirk of one charger remembers; the oldest of more are forgotten."""

COMMAND_QUEUE = 1_000
"""Commands waiting for one simulated charger; a further one is refused with Overfull."""

CHARGING_PLANS = 20_000
"""Negotiations with vehicles that a backend knows; the oldest give way."""

EXTERNAL_LIMITS = 64
"""Limits of other systems that a backend knows of one charger; a further one is not planned
with."""

CHARGING_PROFILES = 1_000
"""Charging profiles installed at one simulated charger, whatever its settings say; a further one is
refused."""

CHARGING_PROFILE_REPORT = 10
"""Charging profiles that a simulated charger reports in one message; the rest follow in others."""

COMPOSITE_STEPS = 2_000
"""Moments looked at for one composite schedule; beyond it, its duration is cut."""

AUTHORIZATION_CACHE_ENTRIES = 1_000
"""Cached tags a charger keeps; beyond it invalid ones go first, then the oldest."""

LOCAL_LIST_ENTRIES = 10_000
"""Entries of a local authorization list; a longer list is refused by the charger."""

CONTRACT_CHAIN_CHARACTERS = 20_000
"""Characters of the certificates that a vehicle brings for Plug and Charge; more are refused."""

ID_TAGS = 100_000
"""Id tags of one organization that the backend knows, in memory; a further one is refused with
Overfull."""

ID_TAG_CHARACTERS = 36
"""Longest id tag: OCPP 2.0.1's identifierString. OCPP 1.6 has 20, and never asks for a longer."""

ID_TAG_CHARGERS = 1_000
"""Chargers that one id tag may be confined to; a longer list is refused."""

AUTHORIZATION_S: Seconds = 20.0
"""The longest an organization's settings may let its authorization hook take: chargers in the field
give up a CALL after 30 s."""

AUTHORIZATIONS_AT_ONCE = 32
"""Questions of one organization that its authorization hook has before it; further ones wait,
within their time limit."""

AUTHORIZATIONS_WAITING = 1_000
"""Questions of one organization before its hook and waiting for it; for a further one the fallback
decides at once."""

OCSP_ANSWERS = 10_000
"""OCSP responses that the backend keeps until their nextUpdate; beyond it the oldest go."""

OCSP_ANSWER_S = 86_400.0
"""Seconds for which it keeps one at most, whatever its nextUpdate."""

OCSP_AT_ONCE = 32
"""Questions to OCSP responders under way; further ones wait, within their time limit."""

OCSP_WAITING = 1_000
"""Questions to OCSP responders under way and waiting; a further one gets no answer."""

OCSP_TIMEOUT_S = 10.0
"""Seconds in which an OCSP responder has to answer, its turn included."""

EV_CERTIFICATE_BYTES = 5_600
"""Bytes of an answer to a vehicle's request for a contract certificate: exiResponse has 7,500
characters of base64. A longer file is not sent."""

AUTHORIZATION_CONNECTIONS = 256
"""Connections to the authorization hooks of all organizations."""

LOCAL_LIST_UNASKED = 10
"""Entries of a local list that the backend sends in one message without asking the charger how many
it takes; a longer list goes in parts of what it says."""

LOCAL_LIST_PART_ENTRIES = 500
"""Entries of a local list that the backend sends in one message, whatever the charger takes."""

LOCAL_LIST_ASK_S: Seconds = 5.0
"""Time for which the backend waits for a charger to say how many entries it takes in one message;
one that does not say is sent LOCAL_LIST_PART_ENTRIES."""

CALL_TIMEOUT_S: Seconds = 30.0
"""Time for which a CALL waits for its answer unless told otherwise."""

WRITER_ROWS = 100_000
"""Rows handed to the database and not yet committed, the log's apart. Beyond four fifths of it a
write that somebody waits for is refused with Overfull; beyond all of it one that is to be kept is
lost, counted and logged. Long before, at half of it, nothing more is read of any charger and none
is let in."""

WRITER_BYTES = 64 * 1024 * 1024
"""About how much memory these rows may take; the same happens there."""

WRITER_HIGH_ROWS = 4_000
"""Rows not yet committed beyond which of each charger one CALL at a time is read, until there are
half as many."""

WRITER_HIGH_BYTES = 8 * 1024 * 1024
"""The same by the memory these rows take."""

WRITER_LOG_ROWS = 20_000
"""Rows of message logs not yet committed. Beyond it they are shed, and a row of the log says how
many are missing; or, where the settings forbid that, nothing more is read of any charger until
there are half as many."""

WRITER_LOG_BYTES = 24 * 1024 * 1024
"""About how much memory these rows may take; the same happens there."""

WRITER_GROUP_ROWS = 2_000
"""Rows of one commit; further ones are in the next, so that none waits for long."""

WRITER_GROUP_LOG_ROWS = 500
"""Rows of message logs that a commit takes along however many others there are."""

WRITER_LINGER_S: Seconds = 0.001
"""Time for which the first write of a group, if somebody waits for it, waits for company before the
group is committed."""

WRITER_IDLE_S: Seconds = 0.25
"""Time for which writes nobody waits for may stay uncommitted."""

WRITER_RETRY_S: Seconds = 0.25
"""Time from a failure of the database to the next attempt."""

WRITER_PATIENCE_S: Seconds = 10.0
"""Time for which a write that somebody waits for is tried again while the database cannot be
reached; then it is refused. Less than chargers wait for an answer (30 s)."""

VITALS_EVERY_S: Seconds = 1.0
"""Interval at which the server looks at itself: database, queue, disk."""

CERTIFICATES_EVERY_S: Seconds = 5.0
"""Interval at which the server looks for renewed certificates on disk."""

ISSUED_CERTIFICATES_EVERY_S: Seconds = 600.0
"""Interval at which the backend looks for chargers' certificates that expire soon."""

CERTIFICATES_TOLD = 500
"""Events `certificate.expiring` of one look; of more certificates the ones that end last are told
of at the next."""

LAG_EVERY_S: Seconds = 0.1
"""Interval at which the event loop's lag behind what is due is measured."""

DATABASE_PROBE_S: Seconds = 3.0
"""Time for which the database may be asked for nothing before it is asked whether it is there."""

DATABASE_STALLS_S: Seconds = 5.0
"""Time that a commit may take before the server is not ready."""

CHARGER_COMMANDS = 100
"""Commands of the backend waiting for one charger; a further one is refused with Overfull."""

DEFERRED_ANSWERS = 16
"""CALLs of one charger whose answers wait for a commit or a decision; nothing more is read of it
until one is given. OCPP allows a charger one."""

CLOSED_TRANSACTIONS = 50_000
"""Completed transactions the backend keeps in memory to know a replay by; the oldest go first."""

CLOSED_TRANSACTIONS_EACH = 20
"""Of these, how many of one charger come along when it changes its owner; of many chargers together
no more than CLOSED_TRANSACTIONS."""

SEEN_EVERY_S: Seconds = 1.0
"""Least interval at which the moment of a charger's last heartbeat is stored; the one in memory is
exact."""

FLAPPING_CONNECTIONS = 5
"""Connections of one charger within FLAPPING_WITHIN_S from which on it is told to be flapping."""

TAKEOVER_PING_S: Seconds = 5.0
"""Time in which the open link of a charger whose oldest connection stays has to answer a ping when
another comes; then the other is let in."""

FLAPPING_WITHIN_S: Seconds = 600.0
"""See FLAPPING_CONNECTIONS."""

CONNECTIONS_COUNTED = 50
"""Connections of one charger within FLAPPING_WITHIN_S that are counted; further ones are not."""

CONNECTION_ROWS = 1_000_000
"""Connections kept as history over all chargers; the oldest go first."""

FRAMES_AT_ONCE = 50
"""Frames of one link handled in one turn of the loop. What its peer sent beyond waits for the next,
unread where it can be, so that a peer that floods delays the others by so many and no more."""

LINK_TURN_S: Seconds = 0.002
"""Time for which frames of one link are handled in one turn of the loop, however few they are; what
its peer sent beyond waits as beyond FRAMES_AT_ONCE. A frame that is begun is finished."""

TURN_S: Seconds = 0.005
"""Time for which frames of all links together are handled in one turn of the loop; the others wait
for the next, those first whose links have had least, so that timers and other sockets are
served."""

UNHANDLED_BYTES = 1024 * 1024
"""Frames of one link that were read and wait for their turn. Little more is read than is handled,
so that it takes a peer's single huge read to get there; beyond it the link is closed with 1013."""

HANDSHAKES_WAITING = 20_000
"""Handshakes at one door that wait for the gate's verdict; a further one is answered 503."""

HANDSHAKES_AT_ONCE = 20
"""Handshakes that a door has judged in one turn of the loop; the others wait for the next, so that
a network that dials at once holds up nobody else."""

HANDSHAKE_WAIT_S: Seconds = 30.0
"""Time for which a handshake waits for the gate's verdict before it is answered 503."""

HANDSHAKE_RETRY_S = 10
"""Seconds (whole) after which one who was answered 503 is told to try again."""

PASSWORD_THREADS = 2
"""Threads that hash passwords; further checks wait for one."""

PASSWORD_CHECKS_WAITING = 10_000
"""Passwords of chargers that wait to be checked. Beyond it one of a charger or an address that has
shown a wrong one gives way, and is answered 503; where there is none, the newcomer is."""

PASSWORD_CHECKS_EACH = 16
"""Of these, passwords shown for one charger; beyond it as above."""

PASSWORD_ROUNDS = 16
"""Passwords checked for one handshake, where they change meanwhile; beyond it the answer is 503."""

WRONG_PASSWORDS = 10_000
"""Wrong passwords remembered, as digests, so that a charger that has one costs no hash each time it
dials; the oldest go first."""

WRONG_PASSWORD_S: Seconds = 60.0
"""Time for which one who has shown a wrong password waits behind those who have not."""

GUESSERS = 10_000
"""Addresses, chargers and pairs of them of which it is remembered how often they had a wrong
password or key lately; the longest calm are forgotten."""

ADDRESS_GUESSES = 300.0
"""Passwords of any charger that an address may have hashed in vain at once, and again in each
minute; further ones are answered 429. Many chargers may share an address."""

CHARGER_GUESSES = 60.0
"""The same for one charger, whatever the address; one that has guessed nothing for it has its try
all the same."""

CHARGER_GUESSES_EACH = 10.0
"""The same for one charger from one address."""

KEY_GUESSES = 60.0
"""Wrong keys that an address may send to REST at once, and again in each minute; from then on it is
answered 429, but for keys that were good there before."""

CLAIMS = 1_000
"""Chargers that dial here while another process may have them, and are asked for at a time; a
further one is answered 503."""

CLAIMS_EACH = 100
"""Of these, chargers that dial from one address, unless it is a proxy's."""

CLAIM_DENIED_S: Seconds = 1.0
"""Time for which it is remembered that no process knows a charger of some name."""

CLAIMS_DENIED = 10_000
"""Names of which that is remembered; the oldest go first."""

EVENTS_ADOPTED = 10_000
"""Events of nodes of which it is remembered that they are in the log; the oldest are forgotten."""

LEAVING_LOOK_S: Seconds = 1.0
"""Time after which it is looked again at what is due of a charger that was about to leave."""

REFUSAL_HELD_S: Seconds = 0.25
"""Least time after which a charger's handshake is refused where identities are hidden: longer than
a password takes to be hashed."""

REFUSALS_EVERY_S: Seconds = 60.0
"""Least interval at which refusals of one charger for one reason, or of keys, are told, with their
count."""

REFUSALS_LOOK_S: Seconds = 5.0
"""Interval at which it is looked whether refused keys are to be told."""

REFUSALS_TOLD = 1_000
"""Refusals of an organization's chargers that are told in that time, of each charger and reason;
further ones are counted in a line of the log and in GET /api/v1/refusals."""

STRANGERS_TOLD = 20
"""The same for chargers that are not registered, whose names anybody makes up."""

REFUSALS_KEPT = 1_000
"""Refusals of an organization in GET /api/v1/refusals, each of an identity and a reason: so many of
registered chargers, and so many of others. Beyond it the least recent goes."""

REFUSALS_KEPT_EACH = 100
"""Rows of a newcomer's own address from which on one of those goes instead."""

REFUSALS_STORED_EVERY_S: Seconds = 1.0
"""Interval at which rows of refusals that have changed are stored, together; a server that is
killed loses the counts of that time."""

REFUSALS_STORED = 500
"""Rows of refusals stored or deleted at a time; further ones follow at the next."""

REFUSED_SUBPROTOCOLS = 8
"""Subprotocols of a refused handshake that are kept; further ones are left out."""

REFUSED_SUBPROTOCOL_CHARS = 40
"""Characters kept of each; the rest is cut."""

RIGHT_PASSWORDS = 200_000
"""Right passwords remembered, as digests; the oldest go first, and are hashed again."""

ADMISSION_WAIT_S: Seconds = 60.0
"""Longest time after which a charger is told to come back, where more dial at once than are let
in, or the server hangs up on all of them at a set rate."""

DRAIN_LOT = 100
"""Links closed in one turn of the loop as the server ends; the rest follow in the next, so that
frames are answered and not all chargers dial anew at once."""

DRAIN_LOOKS = 1_000
"""Links looked at in one turn of the loop for some that can be closed as the server ends; the
others are looked at in the next."""

CLOSES_LATE_S: Seconds = 0.5
"""Time of closes at a set rate that is made up for where nothing could be closed in it; what was
missed before that is not, so that no storm follows a pause."""

PENDING_STARTS = 16
"""Accepted remote starts of one charger that wait for their transaction; the oldest goes first."""

PENDING_START_S: Seconds = 300.0
"""Time for which an accepted remote start waits for its transaction before it is forgotten."""

STORED_CONNECTORS = 1_000
"""Connectors remembered of one charger; the status of a further one is answered, not kept."""

LOGGED_FRAME_CHARS = 32 * 1024
"""Characters of a frame that the message log keeps."""

REPORT_PARTS = 2_000
"""Parts of one report (NotifyReport) that a command waits for; beyond it the command fails."""

SILENT_INTERVALS = 3
"""Heartbeat intervals without a frame after which a charger that is not pinged is given up."""

COMMAND_LIFETIME_S: Seconds = 86_400.0
"""Time for which a command of the gateway may wait for its result before it is given up as
expired."""

ROLLING_WAIT_S: Seconds = 300.0
"""Time for which a rolling batch waits for one of its commands; then the next begins all the
same."""

COMMANDS_AT_ONCE = 128
"""Commands handed to chargers in one turn of the loop; the rest follow in the next, so that links
are served and callers answered."""

COMMAND_WAIT_S: Seconds = 30.0
"""Time for which a request of the gateway waits for the answer of a charger; the command lives
on."""

PROVISIONINGS_AT_ONCE = 64
"""Runtimes being started at a time; further deployments wait for their turn."""

PROVISIONING_ATTEMPTS = 4
"""Attempts at a start while the provider is unavailable, before a deployment has failed."""

BULK_CHARGERS = 10_000
"""Chargers of one bulk creation; a larger one is refused."""

BULKS_KEPT = 1_000
"""Ended bulk creations that are kept; the oldest of more go with what became of each charger."""

ECS_CALLS_AT_ONCE = 8
"""Calls to AWS under way at a time; further ones wait for their turn."""

ECS_ATTACH_S: Seconds = 120.0
"""Time that the worker of an ECS service may take to reach its gateway: an image has to be fetched,
and a task placed. Beyond it the start is tried again, or has failed."""

KUBERNETES_CALLS_AT_ONCE = 8
"""Calls to the Kubernetes API under way at a time; further ones wait for their turn."""

KUBERNETES_ANSWER_S: Seconds = 20.0
"""Time that the Kubernetes API may take to answer a call."""

KUBERNETES_TRIES = 3
"""Attempts at one call where the Kubernetes API is too busy and says when to come again."""

KUBERNETES_RETRY_AFTER_S: Seconds = 5.0
"""The longest of those pauses, whatever the API asks for."""

KUBERNETES_CONFLICTS = 6
"""Attempts at one change of a Deployment that others change at the same time."""

KUBERNETES_ATTACH_S: Seconds = 120.0
"""Time that the worker of a pod may take to reach its gateway: a pod has to be scheduled, and an
image fetched. Beyond it the start is tried again, or has failed."""

KUBERNETES_HOPELESS_S: Seconds = 10.0
"""The part of it that is waited where the pod shows what waiting does not mend: a Secret that is
not there, an image without a name."""

KUBERNETES_WATCH_S: Seconds = 300.0
"""Time after which a watch of pods is begun anew, where it was left."""

KUBERNETES_REDIAL_S: Seconds = 30.0
"""The longest pause between two attempts to watch the pods."""

KUBERNETES_PAGE = 500
"""Objects of one answer when they are listed; further ones are asked for."""

IDEMPOTENCY_KEY_CHARS = 255
"""Longest Idempotency-Key of a request; a longer one is refused."""

ANSWERS_S: Seconds = 86_400.0
"""Time for which a request with an Idempotency-Key is answered as at first."""

ANSWERS = 50_000
"""Answers kept by their keys for one organization; the oldest go first, whatever their age."""

ANSWERS_CHARS = 64 * 1024 * 1024
"""Length of those answers together; the oldest go first."""

KNOWN_DEPLOYMENTS = 20_000
"""Deployments (chargers of the yard) cached by name; the least recently used go first."""

REST_BODY_BYTES = 1024 * 1024
"""Longest body of a REST request; a longer one is answered 413."""

HTTP_HEAD_BYTES = 64 * 1024
"""Longest request line with headers, or trailers, of a REST request; longer ones are answered
431."""

HTTP_HEADERS = 256
"""Headers and trailers of one REST request; more are answered 431."""

HTTP_HEAD_S: Seconds = 10.0
"""Time that a connection to REST may take over its TLS handshake and, from then on, over a
request's headers, silence before the first included; then it is cut."""

HTTP_BODY_S: Seconds = 30.0
"""Time that the body of a REST request may take, beside a second for each HTTP_BODY_BYTES_PER_S of
it that have come; one that is slower is cut off."""

HTTP_BODY_BYTES_PER_S = 4 * 1024
"""See HTTP_BODY_S."""

HTTP_DRAINED_BYTES = 8 * 1024 * 1024
"""Bytes that are read, and passed over, of a body whose request has been answered; then it is cut
off."""

HTTP_PIPELINE = 64
"""Requests of one connection that wait for the answer to the first; one that sends more is cut."""

HTTP_ANSWER_S: Seconds = 60.0
"""Time in which a client of REST has to take HTTP_ANSWER_BYTES of an answer, or all there are; one
that reads more slowly is cut off."""

HTTP_ANSWER_BYTES = 64 * 1024
"""See HTTP_ANSWER_S."""

HTTP_LINGER_S: Seconds = 2.0
"""Time for which a connection that was refused is kept, so that it may read why."""

CONNECTIONS_EVERY_S: Seconds = 1.0
"""Interval at which connections are looked for that take too long."""

ACCEPTS_AT_ONCE = 100
"""Connections to REST by TLS that are accepted in one turn of the loop; the rest follow."""

HEALTH_CONNECTIONS = 16
"""Connections to REST beyond those that the settings allow, which may ask for /health alone."""

ORGANIZATION_KEYS = 1_000
"""Keys of one organization; a further one is refused."""

KEY_ADDRESSES = 100
"""Addresses and networks that one key may be limited to; more are refused."""

AUDITED_BODY_BYTES = 65_536
"""Of a request's body, or an answer's, that the audit log looks into; of a longer one only its
length is noted."""

AUDITED_ARGUMENTS_CHARS = 16_384
"""Of the arguments of one request in the audit log; of longer ones only their length is noted."""

AUDITED_NAME_CHARS = 255
"""Of a route or an id in the audit log; the rest is cut off."""

KEY_OVERLAP_S: Seconds = 7 * 86_400.0
"""Longest time for which a rotated key's former text may still be good."""

SEQUENCE_GAPS = 1_000
"""Sequence numbers of one transaction kept apart from the unbroken run; the lowest goes first."""

IDENTITY_CHARACTERS = 255
"""Longest chargeBoxId; OCPP 2.x allows 48, chargers in the field go beyond."""

EVENT_QUEUE = 1_000
"""Events kept for one who follows them; beyond it they are dropped here, and read from the store
once he is ready for them."""

EVENT_PART = 500
"""Events read from the store at a time for one who follows."""

SAMPLES_ASKED = 250
"""Chargers of which samples are taken at once, in one turn of the loop; the others wait for the
next."""

SAMPLE_AGE_S: Seconds = 2.0
"""Age of its last sample at which a charger through which power flows is sampled anew, though
nothing has happened to it."""

SAMPLE_OLDEST_S: Seconds = 10.0
"""Age of a sample of such a charger that is not left for the next turn."""

POWER_STEP_S: Seconds = 10.0
"""Time between two moments of the history of power."""

POWER_SAMPLES = 360
"""Moments of it: an hour. Each charger, location and organization that has drawn power within it
has a ring of so many numbers, 1.5 KB; what has not has none."""

SAMPLE_ANSWER_S: Seconds = 1.0
"""Time for which workers are waited for that were asked for samples; the answer of one that is
slower is taken with the next question, and its chargers count as they were."""

SAMPLE_PACE_S: Seconds = 0.25
"""Time between two rounds of sampling, one for all who follow samples; each has at most one frame a
round."""

SAMPLES_WAITING = 2_000
"""Chargers whose changes wait for one who follows samples. Beyond it they are dropped and counted
as missed, and the next frame is whole."""

EVENT_STREAMS = 100
"""Streams of events open for one organization; a further one is refused with Overfull."""

EVENT_DATA_CHARS = 32 * 1024
"""Longest result of a command that its event repeats; a longer one is only in the command."""

STREAM_QUIET_S: Seconds = 15.0
"""Silence after which an open stream of events says that it is alive."""

STREAM_STALL_S: Seconds = 60.0
"""Time that a client of a stream may take nothing before it is given up; it can resume."""

EXPORT_FRAMES = 1_000
"""Frames of a log read at a time for its export."""

MONITORS_IN_COMMAND = 500
"""Monitors that one command sets or removes; more are refused."""

CONFIGURATION_KEYS = 1_000
"""Settings that one request may ask a charger for by name; more are refused."""

VARIABLES_AT_ONCE = 500
"""Variables that one request may have read, set or reported by name; more are refused."""

VIOLATION_RULES = 10_000
"""Rules told apart in one report of violations, since a charger may make up the names in them;
those beyond are counted together by kind, under the path `...`."""

LOG_SAMPLE_ROWS = 200
"""Rows from which the size of a log is estimated."""

RETENTION_EVERY_S: Seconds = 300.0
"""Interval at which history is swept of what is too old or too much."""

RETENTION_STEP_ROWS = 5_000
"""Rows deleted in one go while sweeping, at most; fewer where they take longer than
RETENTION_STEP_S."""

RETENTION_STEP_S: Seconds = 0.025
"""Longest time that other writes should wait for one such step. After each the sweep rests for as
long as it took, its own waiting included, up to a twentieth of a second."""

RETENTION_LOOK_ROWS = 20_000
"""Rows looked through for those of one step, so that it is not long before the next."""

RETENTION_GIVERS = 100
"""Chargers of an organization that give up their own oldest rows, those that hold the most; beyond
them the organization's oldest go."""

RETENTION_CATCH_UP = 24.0
"""Factor by which history may age faster than time goes by, when the clock has jumped ahead or the
server was down: a day in an hour."""

DISK_EVERY_S: Seconds = 10.0
"""Interval at which the room on the disk is looked at."""

READER_THREADS = 4
"""Readings of the database that run at once, all but one of them of one organization; further ones
wait for a thread."""

COMPILED_STATEMENTS = 500
"""Statements of the database that are kept compiled; beyond it those used longest ago are compiled
anew."""

READ_SOON_S: Seconds = 0.1
"""Time that a reading of the database may take at first; beyond it, it is begun again among those
that take long."""

SEARCH_THREADS = 3
"""Readings that take longer and run at once, all but one of them of one organization; further ones
wait for a thread."""

READ_S: Seconds = 30.0
"""Time that a reading may take there, and that it may wait for a thread before; then it is refused
with Unavailable."""

READS_WAITING = 1_000
"""Readings of one organization that wait for a thread; a further one is refused with Overfull."""

DATABASE_CONNECT_S = 5
"""Seconds (whole) to wait for a PostgreSQL server to answer; beyond it the database is
unavailable."""

DATABASE_HOLD_S = 10
"""Seconds (whole) a starting server waits for one just killed to let go of its database; beyond it
the database is taken for another server's."""

LEASE_S: Seconds = 15.0
"""Time after its last sign of life at which a server loses its PostgreSQL database to one that
stands by; by the database's clock."""

LEASE_RENEWED_S: Seconds = 3.0
"""Time between two such signs."""

LEASE_GRACE_S: Seconds = 10.0
"""Time for which a server has to have seen its database before it ends nodes whose leases have run
out: where the database was away, none could renew its own."""

NODE_END_S: Seconds = 5.0
"""Time for which a server that ends a node waits until PostgreSQL has closed its connection."""

OWNED_CHARGERS_READ = 1_000
"""Chargers whose contents are read with one statement; further ones are with the next."""

STANDBY_LOOK_S: Seconds = 1.0
"""Time after which a server that stands by looks again whether the database is free."""

DATABASE_LOCK_S = 10
"""Seconds (whole) that writes wait, all of them together, for a lock that another program holds on
the database; then they are refused until it is gone."""

DATABASE_SILENCE_S = 30
"""Seconds (whole) after which a PostgreSQL connection on which nothing comes back is given up."""

CA_PEM_CHARS = 64 * 1024
"""Longest tls.ca of a simulated charger; a longer one is refused."""

VENDOR_SETTINGS = 200
"""Entries of a simulated charger's `vendor_settings`; more are refused."""

DEVICE_MODEL_CHARS = 512 * 1024
"""Longest device model of a simulated charger, as JSON without blanks; a longer one is refused."""

DEVICE_MODEL_VARIABLES = 5_000
"""Variables of one device model; more are refused."""

MONITORS = 100
"""Monitors of variables that a simulated charger has, built-in ones included; a further one is
Rejected."""

MONITOR_EVENTS_WAITING = 200
"""Events of monitors that a charger keeps for its CSMS; beyond it the oldest go."""

DEVICE_MODEL_REPORTS = 4
"""Reports of its device model that a simulated charger has begun and not ended; a further one is
Rejected."""

DISPLAY_MESSAGES = 64
"""Display messages that a simulated charger holds; a further one is Rejected."""

DISPLAY_MESSAGES_REPORT = 8
"""Display messages in one NotifyDisplayMessages of a simulated charger; more come in further
ones."""

CUSTOMER_INFORMATION_CHARACTERS = 512
"""Characters of `data` in one NotifyCustomerInformation of a simulated charger, which is what the
schema allows; more come in further ones."""

ISSUED_CERTIFICATES = 20
"""Certificates on record of one charger; beyond it one that holds no more goes, else the oldest
that its link does not show."""

FACTORY_CERTIFICATES = 50
"""Entries of a simulated charger's `certificates`; more are refused. Their texts together have at
most CA_PEM_CHARS."""

PEM_CHARS = 16 * 1024
"""Longest tls.client_certificate and tls.client_key, each; a longer one is refused."""

TLS_CONTEXTS = 256
"""Distinct TLS settings a dialler keeps ready; beyond it those least recently dialled with go, and
are read anew at the next dial."""

BUS_PENDING_MESSAGES = 10_000
"""Messages that wait at one subscription of the bus; what comes beyond is dropped."""

BUS_PENDING_BYTES = 64 * 1024 * 1024
"""Their bytes, likewise."""

BUS_STREAM_BYTES = 256 * 1024 * 1024
"""Bytes that a stream of the bus keeps; beyond it nothing is taken."""

BUS_STREAM_AGE_S: Seconds = 24 * 3600.0
"""Time for which a stream of the bus keeps what was appended."""

BUS_REPEATS_S: Seconds = 120.0
"""Time for which a stream of the bus knows what was appended by its key, and takes it once."""

BUS_AGAIN_S: Seconds = 0.5
"""Pause before a message of a stream that could not be handled comes again."""

BUS_HANDLING_S: Seconds = 30.0
"""Time that the handling of a stream's message may take before it comes again."""

RELAYED_REQUESTS = 4_096
"""REST requests that one process has had others carry out, and as many that it carries out for
others, under way at a time; a further one is refused with Overfull."""

RELAY_PART_BYTES = 64 * 1024
"""Bytes of a body or an answer that go over the bus in one message. Each end of a relayed request
keeps one such part, and what an app wrote at once behind it; beyond it who writes waits."""

RELAY_EVERY_S: Seconds = 0.5
"""Interval at which the ends of a relayed request tell each other that they are there."""

RELAY_SILENCE_S: Seconds = 2.0
"""Time without a word of the process that carries out a relayed request after which it is taken for
gone."""

RELAY_ABANDONED_S: Seconds = 10.0
"""Time without a word of the process that a relayed request came from after which its client is
taken for gone."""

CONTROL_BATCH_BYTES = 128 * 1024
"""Bytes that one frame between gateway and worker carries at most, less what surrounds it; a longer
report or request goes in pieces."""

CONTROL_ITEM_BYTES = 64 * 1024 * 1024
"""Longest single report or request between gateway and worker; a longer one is not sent."""

CONTROL_ANSWER_S: Seconds = 10.0
"""Time for which gateway and worker wait for each other's word that a frame was taken; then their
line has ended, and the worker greets anew."""

CONTROL_BEAT_S: Seconds = 3.0
"""Pause after which either asks whether the other is there, where they have nothing to say."""

CONTROL_BACKLOG_BYTES = 64 * 1024 * 1024
"""Reports a worker keeps for a gateway it cannot reach or that is slow. Beyond it frames for the
log go first, then events, the oldest first; memories (the newest of each charger) and results
never."""

CONTROL_PATIENCE_S: Seconds = 10.0
"""Time for which what is asked of a charger waits for its worker to come back before it is
refused."""

WORKERS = 64
"""Worker processes that one server keeps running itself; it refuses to start with more."""

WORKER_ATTACH_S: Seconds = 30.0
"""Time that a worker may take to reach its gateway; one that takes longer is started anew."""

WORKER_REDIAL_S: Seconds = 5.0
"""The longest pause of a worker between two attempts to reach its gateway."""

WORKER_AWAY_S: Seconds = 60.0
"""Time for which a worker drives its chargers without its gateway, unless told otherwise; then it
stops them and ends."""

WORKER_MOVE_S: Seconds = 60.0
"""Time that a worker told to end gives its gateway to move its chargers, unless told otherwise;
then it stops those that are left."""

WORKER_RETURN_S: Seconds = 10.0
"""Time for which a restarted gateway waits for workers that were attached before, as they may run
what it is about to start; longer than their longest pause between two attempts."""

WORKER_ADOPTION_S: Seconds = 120.0
"""Time for which a restarted gateway leaves alone a charger that a worker runs and nobody has asked
for; it is stopped then."""

WORKER_STOP_S: Seconds = 10.0
"""Time that a worker may take to stop its chargers and end; one that takes longer is killed."""

WORKER_RESTARTS = 5
"""Restarts of one worker process within WORKER_RESTARTS_WITHIN_S; one that dies more often has its
chargers given up, and is tried again after that time."""

WORKER_RESTARTS_WITHIN_S: Seconds = 60.0
"""See WORKER_RESTARTS."""

ENDED_RUNS_S: Seconds = 86_400.0
"""Time for which the notes of a workflow's run are kept after its end."""

WORKFLOW_THREADS = 8
"""Threads, and connections, that note the steps of workflows; further notes wait for one."""

POST_ANSWER_BYTES = 16 * 1024
"""Bytes that are read of an answer to a POST of ours; what is longer is cut, and its connection
closed."""

POSTS_A_TURN = 2
"""Posts begun in one turn of the event loop, for each takes as long as several frames of chargers;
the others begin in the next."""

POST_KEEPALIVE_S: Seconds = 15.0
"""Time for which a connection to a target of POSTs is kept for the next one."""

EGRESS_NETWORKS = 100
"""Networks that an administrator may allow one organization to dial; more are refused."""

EGRESS_POLICIES = 64
"""Egress policies of which connections are kept, or networks at hand; those of the one that was
used least lately go first."""

RESOLVER_THREADS = 16
"""Names of targets looked up at a time for the operator's own organization, and as many for all
others; further look-ups wait for a thread."""

RESOLVER_THREADS_EACH = 4
"""Of these the most that one organization has at a time; a thread that is free is given to the
organization that waits and has the fewest."""

WEBHOOKS = 20
"""Webhooks of one organization; a further one is refused with Conflict."""

WEBHOOK_POSTS = 128
"""Requests to webhooks under way at a time; what else is due waits for one to end."""

WEBHOOK_POSTS_EACH = 8
"""Of these, requests to one webhook; one that fails gets one at a time, and so do all while half of
WEBHOOK_POSTS are under way."""

WEBHOOK_TIMEOUT_S: Seconds = 10.0
"""Time that a receiver may take to answer before the attempt has failed."""

WEBHOOK_LANE = 8
"""Deliveries of one charger to one webhook that wait in memory; all others wait in the database."""

WEBHOOK_HELD = 10_000
"""Deliveries to one webhook that wait in memory; beyond it one of each charger does."""

WEBHOOK_IDLE_LANES = 1_000
"""Chargers of which nothing waits for a webhook that are remembered there; the longest idle go."""

WEBHOOK_RETRY_S: Seconds = 5.0
"""Wait before a delivery is tried for the second time; each further wait is twice as long, give or
take a fifth."""

WEBHOOK_RETRY_MOST_S: Seconds = 3_600.0
"""The longest wait between two attempts of a delivery."""

WEBHOOK_TRY_S: Seconds = 86_400.0
"""Time for which a delivery is tried before it has failed."""

WEBHOOK_STRIKES = 5
"""Failures in a row after which a webhook rests between attempts, whatever they deliver: first for
WEBHOOK_RETRY_S, then twice as long with each."""

WEBHOOK_REST_S: Seconds = 300.0
"""The longest such rest."""

WEBHOOK_FAILURES = 20
"""Failures in a row after which a webhook is paused, once they last for WEBHOOK_FAILING_S."""

WEBHOOK_FAILING_S: Seconds = 3_600.0
"""See WEBHOOK_FAILURES."""

WEBHOOK_SECRET_OVERLAP_S: Seconds = 86_400.0
"""Time for which everything is signed with the former secret, too, after one has been replaced."""

WEBHOOK_RESENT = 10_000
"""Events sent again by one request; more are refused with Invalid."""
CHARGER_RESERVATIONS = 100
"""Active reservations remembered of one charger; the oldest counts as cancelled then."""

AWAITED_OUTCOMES = 100
"""Commands of one charger whose outcomes are waited for; the oldest is given up then."""

RESET_OUTCOME_S: Seconds = 600.0
"""Time that a charger that resets may take to boot; beyond it, it did not come back."""

SCHEDULED_RESET_S: Seconds = 86_400.0
"""The same for one that resets once its transactions have ended (2.x: Scheduled)."""

FIRMWARE_OUTCOME_S: Seconds = 86_400.0
"""Time that an update may take after its date, and after each word of its charger."""

LOG_OUTCOME_S: Seconds = 3_600.0
"""Time that an upload may take, after the command and after each word of its charger."""

MESSAGE_OUTCOME_S: Seconds = 60.0
"""Time that a charger may take to send what it was asked to send."""

QUEUED_COMMAND_S: Seconds = 86_400.0
"""Time for which a command that nobody waits for may stand as queued before it is taken for lost;
in fact all of them end within the time-outs of those before them."""

FILE_BYTES = 64 * 1024 * 1024
"""Longest file that a charger uploads or an operator puts here; a longer one is refused."""

FILES = 1_000
"""Files of one organization; beyond it a further one is refused with Overfull."""

FILES_BYTES = 4 * 1024 * 1024 * 1024
"""The same for their bytes."""

UPLOADS_EACH = 10
"""Files a charger may upload for one command: it may try again."""

UPLOAD_SLOT_S: Seconds = 86_400.0
"""Time for which it may."""

UPLOAD_KEPT_S: Seconds = 30 * 86_400.0
"""Time for which what chargers uploaded is kept."""

TRANSFERS_AT_ONCE = 16
"""Files that simulated chargers of one process fetch or send at a time; further ones wait."""

TRANSFERS_WAITING = 10_000
"""Of these, how many may wait for their turn; a further one has failed at once."""

TRANSFER_S: Seconds = 3_600.0
"""The longest time one transfer of a simulated charger may take."""

TRANSFER_SILENCE_S: Seconds = 30.0
"""Time for which the other end of a transfer may say nothing before it has failed."""

FIRMWARE_BYTES = 1024 * 1024 * 1024
"""Longest firmware image that a simulated charger fetches; it is hashed as it comes, and kept by
local controllers alone."""

PUBLISHED_FILES = 8
"""Firmware files that one simulated local controller publishes at a time; it rejects a further
one (OutOfStorage)."""

KEPT_FILES = 256
"""Firmware files that all local controllers of one process keep; a further one is not fetched
(DownloadFailed)."""

KEPT_BYTES = 2 * 1024 * 1024 * 1024
"""The same for their bytes together, in a directory for temporary files."""

FIRMWARE_BEGINNING_BYTES = 256
"""Bytes that are kept of an image: its first line may name its version."""

TRANSFER_REDIRECTS = 5
"""Redirects followed while fetching by HTTP; one more, and the fetch has failed."""

TRANSFER_ATTEMPTS = 1_000
"""Most attempts of a simulated charger at one transfer, whatever it is told."""

TRANSFER_PAUSE_S: Seconds = 86_400.0
"""Longest pause between two attempts, whatever it is told."""

FTP_THREADS = 4
"""FTP transfers of one process at a time; further ones wait for a thread."""

FORGIVEN_FAULTS = 64
"""Faults of the CSMS that a simulated charger tells as an event, one for each field and action;
further ones are in the verdicts of its log alone."""

LOGBOOK_EVENTS = 10_000
"""Events that a host keeps of all its chargers together, for the logs they upload; the oldest go
first."""

LOGBOOK_CHARS = 8 * 1024 * 1024
"""Length of the frames among them together; the oldest events go first."""

LOG_FILE_BYTES = 8 * 1024 * 1024
"""Longest log that a simulated charger uploads; the oldest lines are left out."""

SITE_PACE_S: Seconds = 1.0
"""The least time between two looks at how a location's chargers share its power."""

SITE_ANSWER_S: Seconds = 10.0
"""Time that a charger may take to take up its share; after that it counts with what it had."""

KNOWN_VOLTAGES = 64
"""Voltages of which the frequency of the mains is kept; of another one it is looked up anew."""

VEHICLES_BEHIND_STATIONS = 512
"""Pairs of a vehicle and a DC station's current whose curve is kept; another one is worked out
anew."""

FASTEST_RATE = 1_000.0
"""Of a charger's time against real time. Beyond it an answer in a millisecond is a second old."""

DAYS_AT_ONCE = 16
"""Days under way at the sites of one organization."""

DAYS_KEPT = 100
"""Days of a location that are remembered, the newest; older ones go when another begins."""

DAY_HOURS = 24.0 * 31
"""The longest of them, in the site's time."""

REPLAY_LINES = 1_000_000
"""Of a recorded log."""

REPLAY_PATIENCE_S: Seconds = 5.0
"""After the end of a replay, while the CSMS has not asked all that it had."""

TRACE_FRAMES = 200_000
"""Frames of one trace; a log with more is refused, and a part of it has to be asked for."""

TRACE_EVENTS = 20_000
"""Events of one charger in a trace that is asked of a server: the newest of more."""

CHARGER_TRACE_FRAMES = 10_000
"""Frames of a charger's trace that REST answers: the newest of more."""

CHARGER_TRACE_EVENTS = 2_000
"""Events beside them: the newest of more."""

CHARGER_TRACE_CHARS = 8 * 1024 * 1024
"""Characters of those frames, and of those events; of longer ones there are fewer."""

CHARGER_TRACES_AT_ONCE = 1
"""Such traces being read and made; further ones wait, before anything is read for them."""

TRACE_CHARGERS = 1_000
"""Chargers that stand side by side in one trace; more are refused."""

TRACE_LINE_BYTES = 4 * FRAME_BYTES
"""Longest line of a log that a trace is made of; a log with a longer one is refused."""

TRACE_LINES_LOOKED_AT = 10_000
"""Lines at the beginning of a log in which its format is looked for."""

TRACE_STEPS = 20_000
"""Moments at which an EVSE's limit is worked out for a trace; beyond it none is shown."""

REPORT_FRAMES_EACH = 2_000
"""Frames that a report keeps of one case: the first, those about the failure, and the last; the
rest is left out, and the report says how many that are."""

REPORT_FRAMES = 50_000
"""Frames that a report keeps of a whole run; of later cases it keeps the last few."""

REPORT_FRAMES_LAST = 50
"""Frames kept of a case once the run has as many as a report takes."""

REPORT_FRAME_CHARS = 16 * 1024
"""Of one frame in a report; a longer one is cut, and its note says so."""

REPORT_STEPS_EACH = 500
"""Steps that a report keeps of one case: the last of more."""

REPORT_TEXT_CHARS = 4 * 1024
"""Of any other text in a report, such as what was expected; a longer one is cut."""

REPORT_TABLE_ROWS = 1_000
"""Of one table of figures in a report: the first of more."""

REPORT_BYTES = 1024 * 1024 * 1024
"""Largest report that is read; a larger one is refused."""

REPORT_CASES_RUNNING = 8
"""Running cases that the live table shows; of more it tells how many."""

REPORT_CASES_NAMED = 20
"""Cases that are gone since the baseline, named on the terminal; of more it tells how many."""

FLEET_REASONS = 50
"""Reasons of refusals that `voltyard fleet` tells apart; further ones are counted as others."""

FLEET_REASON_CHARACTERS = 64
"""Of each of them."""

LOAD_CHARGERS = 10_000
"""Chargers of one load run; more are refused."""

LOAD_S: Seconds = 4 * 3_600.0
"""The longest that the stages of one load run may last together; longer ones are refused."""

LOAD_STAGES = 100
"""Stages of one load run; more are refused."""

LOAD_CALLS_PER_S = 20_000.0
"""Calls a second that one load run makes of one action; more are refused."""

LOAD_DRAIN_S: Seconds = 60.0
"""Time after the last stage for which answers are waited for that are still out."""

LOAD_LATE_S: Seconds = 0.1
"""Delay of a load generator behind its own schedule that is still good: where more than one in a
hundred moments came later, its figures are inconclusive."""

LOAD_SAMPLES = 1_000
"""Moments of one load run of which the chargers connected are kept; beyond it every second one goes
and the rest are twice as far apart."""

LOAD_REASONS = 50
"""Reasons of errors or of refused dials that a load run tells apart, each; further ones are counted
together."""

LOAD_BACKLOG = 1_000
"""Calls of one charger of a load run that wait for their turn; a further one has failed."""

LOAD_PROBES = 16
"""Runs of one search for the knee."""
ARTIFACT_TESTS = 200
"""Failed tests of one pytest process that leave their frames; further ones leave none."""

ARTIFACT_CHARGERS = 50
"""Chargers of a failed test whose frames are left, each in a file."""

ARTIFACT_FRAMES = 10_000
"""Frames that a failed test leaves, in equal shares of its chargers: the newest of each."""

ARTIFACT_BYTES = 16 * 1024 * 1024
"""Length of those frames together, in equal shares likewise."""

ARTIFACT_NAME_CHARS = 80
"""Longest part of a test's id, or of a charger's identity, in the name of a file."""
SCENARIO_CHARS = 1_000_000
"""Longest text of a scenario; a longer one is refused."""

SCENARIO_STEPS = 1_000
"""Steps of a scenario, as written; more are refused."""

SCENARIO_ROWS = 1_000
"""Rows of a scenario's table; more are refused."""

SCENARIO_TIMES = 100_000
"""Most rounds of a repetition, and times that something is to come."""

SCENARIO_CHARGERS = 1_000
"""Chargers of a scenario; more are refused."""

SCENARIO_ENTRIES = 1_000_000
"""Frames and events of one row of a scenario; beyond it the row ends as an error."""

SCENARIO_PATHS = 1_024
"""Compiled JSONPaths that are kept; beyond it the one not used for longest is compiled anew."""

SCENARIO_ROW_S: Seconds = 3_600.0
"""Longest time, of a clock on the wall, that a row of a scenario takes in virtual time; then it
ends as an error. In real time its own timeout bounds it."""

SCENARIO_ASK_S: Seconds = 30.0
"""Longest wait for what a foreign CSMS was asked to send, and for the charger's answer to it."""

FOLDER_CONNECTIONS = 256
"""Connections at the file server of a test; beyond it those give way that have said nothing."""

FOLDER_UPLOADS = 100
"""Files that are taken into one folder of a test; a further one is refused."""

FOLDER_UPLOAD_BYTES = 256 * 1024 * 1024
"""Longest file that is taken into a folder of a test. It is measured, and not kept."""

CONFORMANCE_PATIENCE_S: Seconds = 30.0
"""Longest wait of a conformance case for one thing that the subject has to do; `--stretch`
multiplies it."""

CONFORMANCE_DIAL_S: Seconds = 300.0
"""Wait of `voltyard conform init charger` for a charger to dial, where --wait says no other."""

CONFORMANCE_CASE_S: Seconds = 300.0
"""Longest that one conformance case takes; then it is inconclusive."""

CONFORMANCE_PERSON_S: Seconds = 900.0
"""Longest wait for a person to do what a conformance case asks of them."""

CONFORMANCE_CASE_BY_HAND_S: Seconds = 3600.0
"""Longest that one conformance case takes where a person does what it asks for."""

CONFORMANCE_RUN_S: Seconds = 6 * 3600.0
"""Longest that a run of conformance cases takes; then it is cut short."""

TARIFFS = 1_000
"""Tariffs of one organization, in memory; a further one is refused with Overfull."""

TARIFF_ELEMENTS = 50
"""Elements of a tariff; more are refused."""

TARIFF_ASSIGNMENTS = 1_000
"""Chargers, and id tags, that a tariff may be assigned to; more are refused."""

TARIFF_PERIOD_S = 31 * 24 * 3_600
"""Longest time between two messages of a transaction that is cut where prices change; a longer one
is at the prices of its begin."""

SPANS_WAITING = 8_192
"""Spans that wait for the receiver of traces; a further one is dropped, and counted in the log."""

SPANS_AT_ONCE = 512
"""Spans sent to it in one request; the rest follow in others."""

SPANS_LINGER_S: Seconds = 1.0
"""Wait for further spans before those there are are sent."""

SPANS_RETRY_S: Seconds = 5.0
"""Wait before spans that were not taken are sent again."""

SPANS_SEND_S: Seconds = 5.0
"""Time that the receiver may take for one request."""

SPANS_TRY_S: Seconds = 300.0
"""Time after which a batch of spans that is not taken is dropped: the next may be."""

SPANS_CLOSE_S: Seconds = 2.0
"""Time that a stopping server gives to the spans that wait; the rest are lost."""

SPAN_CALLS = 32
"""CALLs of one command that are events of its span; further ones are not."""

# --- nodes ----------------------------------------------------------------------------------------

OWN_NODES = 64
"""Nodes that a server starts itself, at most."""

PULSE_S: Seconds = 0.25
"""Interval of the server's signs of life to its nodes."""

PULSE_SILENCE_S: Seconds = 2.0
"""Time without one after which a node says that it has lost its server."""

PULSE_CHANGES = 200
"""Changes told in one; the rest follow in the next ones."""

NODE_AGAIN_S: Seconds = 10.0
"""Wait at most before a node that has ended is started again."""

NODE_ENDS_S: Seconds = 10.0
"""Time that an own node has to end beside that of its closes and of drain_s; then it is killed."""

NODE_JOINS_S: Seconds = 30.0
"""Time for which a node that starts waits for its server."""

CLAIM_S: Seconds = 10.0
"""Time for which a node waits for a charger that it has asked for."""

CLAIMS_AT_ONCE = 32
"""Claims that a server answers at the same time, and releases a node; further ones wait."""

CLAIM_ROUNDS = 5
"""Times that the owner of a charger may change while somebody asks for it."""

RELEASE_S: Seconds = 8.0
"""Time in which a node lets go of a charger: more than TAKEOVER_PING_S, for which it may wait for a
sign of life of the older connection."""

HAND_OVER_AGAIN_S: Seconds = 0.5
"""Wait before a charger is handed over again, where the database has not said whether it is."""

HAND_OVER_S: Seconds = 10.0
"""Time after which it is not handed over again: the charger may be another's, and is let go of."""

CHARGERS_TAKEN = 500
"""Chargers of a node that has gone that are read from the database at once."""

NODE_UNREACHED_S: Seconds = 5.0
"""Time after which a node that does not answer, though its process is there, is ended."""

NODE_DOUBTED_S: Seconds = 60.0
"""Time for which it counts that a node did not answer; it may not have been asked since."""

NODE_LOOK_S: Seconds = 1.0
"""Interval at which the server looks for nodes that have fallen silent."""

NODE_NOTES = 10_000
"""Notes that wait to be sent to the other end; further ones are dropped and counted."""

STAGED_LOOK_S: Seconds = 0.5
"""Interval at which the server looks for events of nodes that it was not told of."""

STAGED_EVENTS = 500
"""Events of nodes that are numbered in one commit."""

TRANSACTION_NUMBERS = 5_000
"""Ids of 1.6 transactions that a process takes from the database at a time: more than begin at it
within a second."""

SPAN_COMMANDS = 100
"""Commands to simulated chargers of one request that have spans; further ones have none."""
