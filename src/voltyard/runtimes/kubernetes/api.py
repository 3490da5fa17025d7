"""Calls to the Kubernetes API, through kubernetes-asyncio, and the errors that come of them.

Its connection, credentials and TLS are the library's. Objects stay JSON: a list of thousands of
pods would take the library's models seconds in which the event loop stands.
"""

import asyncio
import json
import os
from asyncio import Semaphore
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid, NotFound, Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings

_IN_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"
_ROLE: Final = "give the server's user the Role of examples/kubernetes/chargers.yaml"


class VersionExpired(Unavailable):
    """A resource version that the API no longer knows (410 Gone): list again."""


class TooBusy(Unavailable):
    """An API that asks to be called later; `pause_s` is how much later."""

    def __init__(self, message: str, pause_s: Seconds) -> None:
        super().__init__(message, hint="the API is too busy; try again later")
        self.pause_s = pause_s


class KubernetesApi:
    """The API of one cluster. NotFound, Conflict and VersionExpired as it answers; Unavailable
    where it cannot now, Invalid where it never will."""

    def __init__(self, settings: KubernetesSettings) -> None:
        self._settings = settings
        self._client: Any = None
        self._turns = Semaphore(limits.KUBERNETES_CALLS_AT_ONCE)

    async def open(self) -> None:
        """Read the credentials. Invalid without the package, or where there are none."""
        await asyncio.to_thread(_import_library)
        from kubernetes_asyncio import client, config
        from kubernetes_asyncio.config.config_exception import ConfigException
        from yaml import YAMLError

        settings, configuration = self._settings, client.Configuration()
        # A watch holds a connection for good.
        configuration.connection_pool_maxsize = limits.KUBERNETES_CALLS_AT_ONCE + 1
        try:
            if settings.kubeconfig is None and _IN_CLUSTER in os.environ:
                config.load_incluster_config(client_configuration=configuration)
            else:
                await config.load_kube_config(
                    config_file=None if settings.kubeconfig is None else str(settings.kubeconfig),
                    context=settings.context,
                    client_configuration=configuration,
                    persist_config=False,
                )
            self._client = client.ApiClient(configuration)
        # The library's own way to say that a kubeconfig has another shape is a TypeError.
        except (ConfigException, OSError, YAMLError, TypeError, LookupError, ValueError) as error:
            raise Invalid(
                f"the Kubernetes API cannot be reached so: {error}",
                hint="set VOLTYARD_KUBERNETES_KUBECONFIG and _CONTEXT, or run the server in a pod "
                "with a service account",
            ) from error

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.close()

    async def call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> dict[str, Any]:
        """The JSON that is answered. While the API is too busy it is asked again, for at most
        limits.KUBERNETES_TRIES."""
        async with self._turns:
            for left in reversed(range(limits.KUBERNETES_TRIES)):
                try:
                    return await self._answer(method, path, query or {}, body)
                except TooBusy as busy:
                    if not left:
                        raise
                    await asyncio.sleep(busy.pause_s)
        raise AssertionError("the last attempt returns or raises")

    async def pages(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """A list in its parts, of limits.KUBERNETES_PAGE objects each."""
        following = ""
        while True:
            paging = {"limit": limits.KUBERNETES_PAGE}
            page = await self.call(
                "GET",
                path,
                query={**query, **paging, **({"continue": following} if following else {})},
            )
            yield page
            following = page["metadata"].get("continue", "")
            if not following:
                return

    async def events(
        self, path: str, query: Mapping[str, Any], version: str
    ) -> AsyncIterator[dict[str, Any]]:
        """The events of a watch from that resource version on, until the API ends it."""
        watching = {
            **query,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": int(limits.KUBERNETES_WATCH_S),
        }
        silence_s = limits.KUBERNETES_WATCH_S + limits.KUBERNETES_ANSWER_S
        with _translated():
            async with asyncio.timeout(limits.KUBERNETES_ANSWER_S):
                response = await self._sent("GET", path, watching, None, (None, silence_s))
            async with response:
                if response.status != 200:
                    raise _refusal(response.status, await _json(response), None)
                async for line in response.content:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise _refusal(event["object"].get("code", 500), event["object"], None)
                    yield event

    async def _answer(
        self, method: str, path: str, query: Mapping[str, Any], body: Any
    ) -> dict[str, Any]:
        with _translated():
            async with asyncio.timeout(limits.KUBERNETES_ANSWER_S):
                response = await self._sent(method, path, query, body, None)
                async with response:
                    answer = await _json(response)
        if 200 <= response.status < 300:
            return answer
        raise _refusal(response.status, answer, response.headers.get("Retry-After"))

    async def _sent(
        self, method: str, path: str, query: Mapping[str, Any], body: Any, bounds: Any
    ) -> Any:
        """aiohttp's response, whose body has not been read."""
        if self._client is None:
            raise Unavailable("the server is starting, and has no Kubernetes API yet")
        return await self._client.call_api(
            path,
            method,
            query_params=list(query.items()),
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
            _preload_content=False,
            _request_timeout=bounds,
        )


class _translated:
    """A `with` that turns what the network raises into Unavailable."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from aiohttp import ClientError

        if isinstance(error, TimeoutError):
            within = f"{limits.KUBERNETES_ANSWER_S:.0f} s"
            raise Unavailable(
                f"the Kubernetes API did not answer within {within}", hint="try again later"
            ) from error
        if isinstance(error, ClientError | OSError | ValueError):
            raise Unavailable(
                f"the Kubernetes API cannot be reached: {error or type(error).__name__}",
                hint="see to the network between the server and the cluster",
            ) from error


def _import_library() -> None:
    """Import it, which takes a second, in a thread."""
    try:
        import kubernetes_asyncio.client
        import kubernetes_asyncio.config  # noqa: F401
    except ImportError:
        raise Invalid(
            "the provider kubernetes needs the package kubernetes-asyncio",
            hint="pip install 'voltyard[kubernetes]'",
        ) from None


async def _json(response: Any) -> dict[str, Any]:
    """A proxy on the way answers HTML or nothing: its text is the message then."""
    text = await response.text()
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"message": text[:200] or response.reason}


def _refusal(status: int, said: Mapping[str, Any], retry_after: str | None) -> VoltyardError:
    message = f"Kubernetes refused: {said.get('reason') or status}: {said.get('message', '')}"
    if status == 404:
        return NotFound(message)
    if status == 409:
        return Conflict(message)
    if status == 410:
        return VersionExpired(message)
    if status == 429 or (status >= 500 and retry_after is not None):
        asked = float(retry_after) if retry_after and retry_after.isdecimal() else 1.0
        return TooBusy(message, min(asked, limits.KUBERNETES_RETRY_AFTER_S))
    if status >= 500:
        return Unavailable(message, hint="try again later")
    if status == 403 and "exceeded quota" in message:
        return Unavailable(message, hint="stop other chargers, or raise the namespace's quota")
    hint = {401: "see to the credentials of the kubeconfig or the service account", 403: _ROLE}
    return Invalid(message, hint=hint.get(status, "see to the settings VOLTYARD_KUBERNETES_*"))
