"""A Kubernetes API server over HTTP, with the controller of Deployments and a kubelet behind it.

It is as strict as the real one where that matters to a client: resource versions, uids, forgotten
versions (410), unknown fields, selectors, quantities, and rights. What a container does is the
test's to say; everything else that a cluster does, pods show.
"""

import asyncio
import copy
import itertools
import json
import re
from asyncio import Event, Task
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import yaml
from aiohttp import web
from kubernetes_asyncio.client import ApiClient, Configuration

_TOKEN = "of-the-server"
_KINDS = {"deployments": "Deployment", "pods": "Pod"}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([numkMGTPE]|[KMGTPE]i)?")

Container = Callable[[dict[str, str], Event], Awaitable[None]]
"""Work of a container: its environment, and the SIGTERM. It returns when its process ends."""


class Change(NamedTuple):
    version: int
    kind: str
    type: str
    object: dict[str, Any]


class Refusal(Exception):
    """An answer that is a Status."""

    def __init__(self, code: int, reason: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.code, self.retry_after = code, retry_after
        self.body = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "code": code,
            "reason": reason,
            "message": message,
        }


class FakeKubernetes:
    """One cluster; what it lacks, and how it misbehaves, are attributes to set."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._versions = itertools.count(1)
        self._version = 0
        self._objects: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _KINDS}
        self._history: list[Change] = []
        self._forgotten = 0
        self._changed = asyncio.Condition()
        self._running: dict[str, tuple[Event, Task[None]]] = {}
        self._watching: set[web.StreamResponse] = set()
        self._tasks: set[Task[None]] = set()
        self._names = itertools.count(1)
        self._kicked = Event()
        self.namespaces = {"default"}
        self.secrets: dict[str, dict[str, str]] = {}
        self.rights: set[tuple[str, str]] = set()
        """Verbs and resources that the caller has a right to."""
        self.has_room = True
        self.pod_quota: int | None = None
        self.refusals: list[Refusal] = []
        """Answers to the next calls, which do nothing."""
        self.answering = Event()
        """Cleared: calls are heard, and not answered."""
        self.answering.set()
        self.calls: list[tuple[str, str]] = []
        """Verb and resource of each that was let in."""
        self.before_put: Callable[[], None] = lambda: None

    # --- the test's hands ----------------------------------------------------------------------

    async def open(self) -> None:
        self._models = ApiClient(Configuration())
        app = web.Application()
        deployments = "/apis/apps/v1/namespaces/{namespace}/deployments"
        pods = "/api/v1/namespaces/{namespace}/pods"
        app.router.add_route("*", deployments, self._whole("deployments"))
        app.router.add_route("*", deployments + "/{name}", self._one("deployments"))
        app.router.add_route("*", pods, self._whole("pods"))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._spawn(self._control())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for stopping, _ in self._running.values():
            stopping.set()
        await asyncio.gather(*(task for _, task in self._running.values()), return_exceptions=True)
        self.break_watches()
        await self._runner.cleanup()
        await self._models.close()

    def kubeconfig(self, path: Path, token: str = _TOKEN) -> Path:
        cluster = {"name": "fake", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "server"}}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [cluster],
            "users": [{"name": "server", "user": {"token": token}}],
            "contexts": [context],
            "current-context": "fake",
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def deployment(self, name: str) -> dict[str, Any] | None:
        return copy.deepcopy(self._objects["deployments"].get(name))

    def pods(self, deployment: str) -> list[dict[str, Any]]:
        """Those that it has, and that are not about to end."""
        return [
            copy.deepcopy(pod)
            for pod in self._objects["pods"].values()
            if pod["metadata"]["labels"]["voltyard/deployment"] == deployment
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def edit(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Somebody else changes a Deployment."""
        changed = copy.deepcopy(self._objects["deployments"][name])
        change(changed)
        self._store("deployments", "MODIFIED", changed)

    def delete(self, name: str) -> None:
        """Somebody else deletes a Deployment."""
        self._drop("deployments", name)

    def crash(self, deployment: str, reason: str = "Error", code: int = 1) -> None:
        """Its container ends, again and again, and is not started for minutes."""
        [pod] = self.pods(deployment)
        self._running.pop(pod["metadata"]["name"])[1].cancel()
        ended = {"terminated": {"reason": reason, "exitCode": code}}
        waiting = {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting container"}
        container = {"name": "worker", "state": {"waiting": waiting}, "lastState": ended}
        self._show(pod, "Running", containerStatuses=[container])

    def evict(self, deployment: str) -> None:
        """The node is to be drained: its pod ends there, and begins elsewhere."""
        for pod in self.pods(deployment):
            self._end(pod)

    def compact(self) -> None:
        """Forget what was, as etcd does every five minutes: watches of older versions are Gone."""
        self._forgotten = self._version
        self._history.clear()

    def break_watches(self) -> None:
        for response in list(self._watching):
            if response._req is not None and response._req.transport is not None:
                response._req.transport.abort()

    def kick(self) -> None:
        """Have the cluster look again at what it could not do."""
        self._kicked.set()

    # --- HTTP ----------------------------------------------------------------------------------

    def _whole(self, kind: str) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            verb = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}[request.method]
            if request.query.get("watch"):
                verb = "watch"
            return await self._answered(request, verb, kind)

        return handle

    def _one(self, kind: str) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            verb = {"GET": "get", "PUT": "update", "DELETE": "delete"}[request.method]
            return await self._answered(request, verb, kind)

        return handle

    async def _answered(self, request: web.Request, verb: str, kind: str) -> web.StreamResponse:
        try:
            await self.answering.wait()
            if request.headers.get("Authorization") != f"Bearer {_TOKEN}":
                raise Refusal(401, "Unauthorized", "Unauthorized")
            if (verb, kind) not in self.rights:
                raise Refusal(403, "Forbidden", f'{kind} is forbidden: cannot {verb} "{kind}"')
            if self.refusals:
                raise self.refusals.pop(0)
            self.calls.append((verb, kind))
            if verb == "watch":
                return await self._watch(request, kind)
            return web.json_response(await getattr(self, f"_{verb}")(request, kind))
        except Refusal as refusal:
            later = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
            return web.json_response(refusal.body, status=refusal.code, headers=later)

    async def _list(self, request: web.Request, kind: str) -> dict[str, Any]:
        matching = [one for _, one in sorted(self._objects[kind].items()) if _fits(one, request)]
        begin, size = int(request.query.get("continue", "0")), int(request.query.get("limit", "0"))
        part = matching[begin:][: size or None]
        metadata = {"resourceVersion": str(self._version)}
        if begin + len(part) < len(matching):
            metadata["continue"] = str(begin + len(part))
        return {"kind": f"{_KINDS[kind]}List", "metadata": metadata, "items": part}

    async def _watch(self, request: web.Request, kind: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        self._watching.add(response)
        at = int(request.query["resourceVersion"])
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(int(request.query["timeoutSeconds"])):
                if at < self._forgotten:
                    gone = Refusal(410, "Expired", f"too old resource version: {at}")
                    await _send(response, "ERROR", gone.body)
                    return response
                while True:
                    new = [one for one in self._history if one.version > at]
                    for one in new:
                        at = one.version
                        if one.kind == kind and _fits(one.object, request):
                            await _send(response, one.type, one.object)
                    if new and request.query.get("allowWatchBookmarks"):
                        here = {"metadata": {"resourceVersion": str(at)}}
                        await _send(response, "BOOKMARK", {"kind": _KINDS[kind], **here})
                    async with self._changed:
                        await self._changed.wait_for(lambda at=at: self._version > at)
        self._watching.discard(response)
        return response

    async def _get(self, request: web.Request, kind: str) -> dict[str, Any]:
        return self._found(request, kind)

    async def _create(self, request: web.Request, kind: str) -> dict[str, Any]:
        namespace = request.match_info["namespace"]
        if namespace not in self.namespaces:
            raise Refusal(404, "NotFound", f'namespaces "{namespace}" not found')
        made = await self._valid(request, kind)
        name = made["metadata"]["name"]
        if name in self._objects[kind]:
            raise Refusal(409, "AlreadyExists", f'{kind} "{name}" already exists')
        made["metadata"] |= {"namespace": namespace, "uid": f"uid-{next(self._names)}"}
        made["status"] = {}
        return self._store(kind, "ADDED", made)

    async def _update(self, request: web.Request, kind: str) -> dict[str, Any]:
        changed = await self._valid(request, kind)
        self.before_put()
        there = self._found(request, kind)
        if changed["metadata"].get("resourceVersion") != there["metadata"]["resourceVersion"]:
            name = there["metadata"]["name"]
            raise Refusal(409, "Conflict", f'"{name}": the object has been modified')
        if changed["spec"]["selector"] != there["spec"]["selector"]:
            raise Refusal(422, "Invalid", "spec.selector: Invalid value: field is immutable")
        changed["status"] = there["status"]
        return self._store(kind, "MODIFIED", changed)

    async def _delete(self, request: web.Request, kind: str) -> dict[str, Any]:
        there = self._found(request, kind)
        options = await request.json() if request.can_read_body else {}
        uid = options.get("preconditions", {}).get("uid", there["metadata"]["uid"])
        if uid != there["metadata"]["uid"]:
            raise Refusal(409, "Conflict", "the UID in the precondition does not match")
        self._drop(kind, there["metadata"]["name"])
        return {"kind": "Status", "status": "Success"}

    async def _deletecollection(self, request: web.Request, kind: str) -> dict[str, Any]:
        for one in [one for one in self._objects[kind].values() if _fits(one, request)]:
            self._end(one)
        return {"kind": f"{_KINDS[kind]}List", "items": []}

    def _found(self, request: web.Request, kind: str) -> dict[str, Any]:
        name = request.match_info["name"]
        there = self._objects[kind].get(name)
        if there is None or there["metadata"]["namespace"] != request.match_info["namespace"]:
            raise Refusal(404, "NotFound", f'{kind} "{name}" not found')
        return copy.deepcopy(there)

    async def _valid(self, request: web.Request, kind: str) -> dict[str, Any]:
        """The body with the API's defaults; refused where a field is unknown, or makes no sense."""
        if request.content_type != "application/json":
            raise Refusal(415, "UnsupportedMediaType", request.content_type)
        body: dict[str, Any] = await request.json()
        text = SimpleNamespace(data=json.dumps(body))
        try:
            model = self._models.deserialize(text, f"V1{_KINDS[kind]}")
        except ValueError as error:  # a field that has to be there, or a value out of its list
            raise Refusal(422, "Invalid", str(error)) from None
        lost = set(_paths(body)) - set(_paths(self._models.sanitize_for_serialization(model)))
        if lost:
            raise Refusal(400, "BadRequest", f"strict decoding error: unknown field {min(lost)}")
        if not _NAME.fullmatch(body["metadata"]["name"]):
            raise Refusal(422, "Invalid", "metadata.name: Invalid value")
        spec, template = body["spec"], body["spec"]["template"]
        if not spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items():
            raise Refusal(422, "Invalid", "`selector` does not match template `labels`")
        template["spec"].setdefault("restartPolicy", "Always")
        for container in template["spec"]["containers"]:
            container.setdefault("imagePullPolicy", "IfNotPresent")
            for quantities in container.get("resources", {}).values():
                for name, quantity in quantities.items():
                    if not _QUANTITY.fullmatch(quantity):
                        raise Refusal(422, "Invalid", f"{name}: no quantity: {quantity}")
        return body

    # --- what is stored ------------------------------------------------------------------------

    def _store(self, kind: str, type_: str, made: dict[str, Any]) -> dict[str, Any]:
        self._version = next(self._versions)
        made["metadata"]["resourceVersion"] = str(self._version)
        self._objects[kind][made["metadata"]["name"]] = made
        return self._tell(kind, type_, made)

    def _drop(self, kind: str, name: str) -> None:
        gone = self._objects[kind].pop(name)
        self._version = next(self._versions)
        gone["metadata"]["resourceVersion"] = str(self._version)
        self._tell(kind, "DELETED", gone)

    def _tell(self, kind: str, type_: str, one: dict[str, Any]) -> dict[str, Any]:
        told = copy.deepcopy(one)
        self._history.append(Change(self._version, kind, type_, told))
        self._spawn(self._notify())
        self._kicked.set()
        return told

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- what a cluster does -------------------------------------------------------------------

    async def _control(self) -> None:
        while True:
            await self._kicked.wait()
            self._kicked.clear()
            for deployment in list(self._objects["deployments"].values()):
                self._reconcile(deployment)
            uids = {one["metadata"]["uid"] for one in self._objects["deployments"].values()}
            for pod in list(self._objects["pods"].values()):
                if pod["metadata"]["ownerReferences"][0]["uid"] not in uids:
                    self._end(pod)
                self._tend(pod)

    def _reconcile(self, deployment: dict[str, Any]) -> None:
        """Pods as the Deployment has them; of another template, only when the old ones are gone."""
        metadata, spec = deployment["metadata"], deployment["spec"]
        mine = [
            pod
            for pod in self._objects["pods"].values()
            if pod["metadata"]["ownerReferences"][0]["uid"] == metadata["uid"]
        ]
        old = [pod for pod in mine if pod["spec"] != spec["template"]["spec"]]
        active = [pod for pod in mine if "deletionTimestamp" not in pod["metadata"]]
        for pod in old if spec["replicas"] else active:
            self._end(pod)
        status: dict[str, Any] = {"replicas": len(active)}
        if spec["replicas"] and not active and not old:
            pods = len(self._objects["pods"])
            if self.pod_quota is not None and pods >= self.pod_quota:
                message = f"exceeded quota: pods, requested: 1, used: {pods}"
                failure = {"type": "ReplicaFailure", "status": "True", "message": message}
                status["conditions"] = [{**failure, "reason": "FailedCreate"}]
            else:
                self._make_pod(deployment)
                status["replicas"] = 1
        if status != deployment["status"]:
            self._store("deployments", "MODIFIED", {**deployment, "status": status})

    def _make_pod(self, deployment: dict[str, Any]) -> None:
        template = copy.deepcopy(deployment["spec"]["template"])
        name, uid = deployment["metadata"]["name"], deployment["metadata"]["uid"]
        metadata = {
            **template["metadata"],
            "name": f"{name}-{next(self._names):05}",
            "namespace": deployment["metadata"]["namespace"],
            "uid": f"uid-{next(self._names)}",
            "ownerReferences": [{"uid": uid}],
        }
        pod = {"metadata": metadata, "spec": template["spec"], "status": {"phase": "Pending"}}
        self._store("pods", "ADDED", pod)

    def _end(self, pod: dict[str, Any]) -> None:
        if "deletionTimestamp" not in pod["metadata"]:
            pod = copy.deepcopy(pod)
            pod["metadata"]["deletionTimestamp"] = "2026-01-05T00:00:00Z"
            self._store("pods", "MODIFIED", pod)

    def _tend(self, pod: dict[str, Any]) -> None:
        """What scheduler and kubelet do next with a pod."""
        name = pod["metadata"]["name"]
        pod = self._objects["pods"][name]
        if "deletionTimestamp" in pod["metadata"]:
            stopping, _ = self._running.get(name, (None, None))
            if stopping is None:
                self._drop("pods", name)
            else:
                stopping.set()
            return
        is_new = pod["status"].get("phase") == "Pending" and name not in self._running
        if not is_new:
            return
        [container] = pod["spec"]["containers"]
        if not self.has_room:
            scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
            message = "0/1 nodes are available: 1 Insufficient cpu."
            self._show(pod, "Pending", conditions=[{**scheduled, "message": message}])
        elif (lacking := self._lacking(container)) is not None:
            waiting = {"reason": "CreateContainerConfigError", "message": lacking}
            state = {"name": container["name"], "state": {"waiting": waiting}}
            self._show(pod, "Pending", containerStatuses=[state])
        else:
            stopping = Event()
            task = asyncio.create_task(self._contain(name, self._environment(container), stopping))
            self._running[name] = stopping, task
            state = {"name": container["name"], "state": {"running": {}}}
            self._show(pod, "Running", containerStatuses=[state])

    async def _contain(self, name: str, environment: dict[str, str], stopping: Event) -> None:
        while not stopping.is_set():  # one that ends by itself is started again
            await self._container(environment, stopping)
            await asyncio.sleep(0)
        del self._running[name]
        self._drop("pods", name)

    def _show(self, pod: dict[str, Any], phase: str, **status: Any) -> None:
        there = self._objects["pods"][pod["metadata"]["name"]]
        if there["status"] != {"phase": phase, **status}:
            self._store("pods", "MODIFIED", {**there, "status": {"phase": phase, **status}})

    def _lacking(self, container: dict[str, Any]) -> str | None:
        for secret, key in (one for _, one in _of_secrets(container)):
            if secret not in self.secrets:
                return f'secret "{secret}" not found'
            if key not in self.secrets[secret]:
                return f"couldn't find key {key} in Secret default/{secret}"
        return None

    def _environment(self, container: dict[str, Any]) -> dict[str, str]:
        said = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        secret = {name: self.secrets[of][key] for name, (of, key) in _of_secrets(container)}
        fields = {name: _FIELDS[path] for name, path in _of_fields(container)}
        return said | secret | fields


def _of_secrets(container: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for one in container["env"]:
        if source := one.get("valueFrom", {}).get("secretKeyRef"):
            yield one["name"], (source["name"], source["key"])


_FIELDS: Final = {"status.podIP": "127.0.0.1"}
"""What a pod here finds in fields of its own."""


def _of_fields(container: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in container["env"]:
        if source := one.get("valueFrom", {}).get("fieldRef"):
            yield one["name"], source["fieldPath"]


def _fits(one: dict[str, Any], request: web.Request) -> bool:
    if one["metadata"]["namespace"] != request.match_info["namespace"]:
        return False
    selector = request.query.get("labelSelector", "")
    wanted = dict(part.split("=", 1) for part in selector.split(",") if part)
    return wanted.items() <= one["metadata"].get("labels", {}).items()


def _paths(value: Any, before: str = "") -> Iterator[str]:
    """The path of each field that says something."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, f"{before}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, f"{before}[{number}]")
    elif value is not None:
        yield before


async def _send(response: web.StreamResponse, type_: str, one: dict[str, Any]) -> None:
    await response.write(json.dumps({"type": type_, "object": one}).encode() + b"\n")
