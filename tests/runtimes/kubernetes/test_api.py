"""Answers of the Kubernetes API, and the errors that they are told as."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.kubernetes import FakeKubernetes, Refusal
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Invalid, NotFound, Unavailable, VoltyardError
from voltyard.runtimes.kubernetes.api import KubernetesApi, VersionExpired
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings
from voltyard.testing.processes import free_port

_WITHOUT_LIBRARY = """
import asyncio, sys
sys.modules["kubernetes_asyncio"] = None
import voltyard.server.choices
from voltyard.kernel.errors import Invalid
from voltyard.runtimes.kubernetes.api import KubernetesApi
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings

try:
    asyncio.run(KubernetesApi(KubernetesSettings(image="a", bus_secret="b")).open())
except Invalid as refused:
    print(refused)
"""

PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture
async def api(settings: KubernetesSettings) -> AsyncIterator[KubernetesApi]:
    api = KubernetesApi(settings)
    await api.open()
    yield api
    await api.close()


@pytest.mark.parametrize(
    ("status", "message", "error", "advice"),
    [
        (400, "unknown field", Invalid, "VOLTYARD_KUBERNETES_*"),
        (401, "Unauthorized", Invalid, "credentials"),
        (403, "cannot list pods", Invalid, "Role"),
        (403, "exceeded quota: chargers", Unavailable, "quota"),
        (404, "not found", NotFound, ""),
        (409, "already exists", Conflict, ""),
        (410, "too old resource version", VersionExpired, ""),
        (422, "field is immutable", Invalid, "VOLTYARD_KUBERNETES_*"),
        (500, "etcdserver: request timed out", Unavailable, "try again later"),
    ],
)
async def test_a_refusal_is_told_in_the_projects_errors_with_what_to_do(
    api: KubernetesApi,
    cluster: FakeKubernetes,
    status: int,
    message: str,
    error: type[VoltyardError],
    advice: str,
) -> None:
    cluster.refusals.append(Refusal(status, "Reason", message))

    with pytest.raises(error, match=message) as refused:
        await api.call("GET", PODS)

    assert type(refused.value) is error
    assert advice in refused.value.advice
    assert cluster.calls == []


@pytest.mark.parametrize("status", [429, 503])
async def test_an_api_that_is_too_busy_is_asked_again_when_it_says(
    api: KubernetesApi, cluster: FakeKubernetes, status: int
) -> None:
    busy = Refusal(status, "TooManyRequests", "come again", retry_after=1)
    cluster.refusals += [busy] * (limits.KUBERNETES_TRIES - 1)
    begun = asyncio.get_running_loop().time()

    answer = await api.call("GET", PODS)

    assert answer["items"] == []
    assert asyncio.get_running_loop().time() - begun >= limits.KUBERNETES_TRIES - 1


async def test_an_api_that_stays_too_busy_is_unavailable(
    api: KubernetesApi, cluster: FakeKubernetes
) -> None:
    busy = Refusal(429, "TooManyRequests", "come again", retry_after=1)
    cluster.refusals += [busy] * limits.KUBERNETES_TRIES

    with pytest.raises(Unavailable, match="come again"):
        await api.call("GET", PODS)

    assert cluster.refusals == []


@pytest.mark.slow
async def test_an_api_that_does_not_answer_is_unavailable(
    api: KubernetesApi, cluster: FakeKubernetes
) -> None:
    cluster.answering.clear()

    with pytest.raises(Unavailable, match="did not answer within"):
        await api.call("GET", PODS)


async def test_an_api_that_cannot_be_reached_is_unavailable(
    settings: KubernetesSettings, cluster: FakeKubernetes, tmp_path: Path
) -> None:
    config = cluster.kubeconfig(tmp_path / "elsewhere")
    config.write_text(config.read_text().replace(str(cluster.port), str(free_port())))
    api = KubernetesApi(replace(settings, kubeconfig=config))
    await api.open()

    with pytest.raises(Unavailable, match="cannot be reached"):
        await api.call("GET", PODS)
    await api.close()


async def test_a_wrong_token_is_invalid(
    settings: KubernetesSettings, cluster: FakeKubernetes, tmp_path: Path
) -> None:
    wrong = cluster.kubeconfig(tmp_path / "wrong", token="of-somebody-else")
    api = KubernetesApi(replace(settings, kubeconfig=wrong))
    await api.open()

    with pytest.raises(Invalid, match="Unauthorized"):
        await api.call("GET", PODS)
    await api.close()


@pytest.mark.parametrize("text", [None, "", "{", "a: [", "kind: Config\ncontexts: []\n"])
async def test_a_kubeconfig_that_is_none_is_invalid(
    settings: KubernetesSettings, tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "broken"
    if text is not None:
        path.write_text(text)

    with pytest.raises(Invalid, match="cannot be reached so") as refused:
        await KubernetesApi(replace(settings, kubeconfig=path)).open()

    assert "VOLTYARD_KUBERNETES_KUBECONFIG" in refused.value.advice


async def test_a_context_that_is_not_there_is_invalid(settings: KubernetesSettings) -> None:
    with pytest.raises(Invalid, match="elsewhere"):
        await KubernetesApi(replace(settings, context="elsewhere")).open()


def test_without_the_library_all_else_works_and_the_provider_says_what_it_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_LIBRARY], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "pip install 'voltyard[kubernetes]'" in done.stdout


async def test_a_call_before_it_is_open_is_unavailable(settings: KubernetesSettings) -> None:
    with pytest.raises(Unavailable, match="starting"):
        await KubernetesApi(settings).call("GET", PODS)
