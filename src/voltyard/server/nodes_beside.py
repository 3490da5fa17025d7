"""Nodes beside a server: what it keeps for them, asks of them, and tells them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import BackendEventLog
from voltyard.csms.events import LIVE
from voltyard.csms.records import Contents
from voltyard.csms.security.certificate_rows import CertificateForgotten, CertificateStored
from voltyard.events.event_records import StagedEventsTaken
from voltyard.events.webhooks.webhooks import Webhooks
from voltyard.kernel import limits
from voltyard.loop.rounds import keep_doing
from voltyard.nodes import messages
from voltyard.nodes.announcing_journal import AnnouncingJournal
from voltyard.nodes.membership import Membership
from voltyard.nodes.messages import SHARED, SharedRecord, Subjects
from voltyard.nodes.notes import NoteReader, NoteSender
from voltyard.nodes.owners import Owners
from voltyard.nodes.pulse import ServerPulse
from voltyard.nodes.staged_events import StagedEvents
from voltyard.nodes.subscribing import answer, subscribe
from voltyard.ports.bus import Bus
from voltyard.ports.journal import Journal
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.live_nodes import NodeLeases
from voltyard.storage.nodes.node_contents import contents_of
from voltyard.storage.nodes.owners import StoredOwners
from voltyard.storage.nodes.staged_events import StoredStagedEvents
