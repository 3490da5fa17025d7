"""Security settings of a simulated charger: its credentials and trusted roots. See 1.6 security
white paper; 2.0.1 Part 2 A."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from voltyard.kernel import limits, tls_contexts
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.yard.deployments.deployment import Deployment, FactoryCertificateOptions


def changed(before: Tls | None, given: Mapping[str, Any] | None) -> Tls | None:
    """The settings with the fields that are given; null is a field's default again, and None in
    place of the fields takes all of them back. What is not given stays: the key is never shown, so
    whoever sends back what they were shown has none to send."""
    if given is None:
        return None
    fields = asdict(before or SYSTEM_TRUST) | dict(given)
    return Tls(**{name: value for name, value in fields.items() if value is not None})


def check(deployment: Deployment) -> None:
    """Invalid, naming the field, where it could not dial like this."""
    options = deployment.options
    tls = options.tls or SYSTEM_TRUST
    is_secure = urlsplit(deployment.ws_url).scheme == "wss"
    tls_contexts.check(tls)
    _check_factory(options.certificates)
    profile = options.security_profile
    if profile in (2, 3) and not is_secure:
        raise _lacks(profile, "a ws_url that begins with wss://", "ws_url")
    if profile in (1, 2) and options.basic_auth_password is None:
        raise _lacks(profile, "basic_auth_password", "basic_auth_password")
    if profile == 3 and tls.client_certificate is None:
        raise _lacks(profile, "tls.client_certificate and tls.client_key", "tls.client_certificate")
    if profile == 0 and options.basic_auth_password is not None:
        raise Invalid(
            "security_profile: 0 is without basic_auth_password",
            hint="say basic_auth_password: null too, or a higher profile",
            param="security_profile",
        )


def _check_factory(installed: tuple[FactoryCertificateOptions, ...]) -> None:
    length = sum(len(one.certificate) for one in installed)
    if len(installed) > limits.FACTORY_CERTIFICATES or length > limits.CA_PEM_CHARS:
        raise Invalid(
            f"certificates: {len(installed)} of {length} characters together",
            hint=f"at most {limits.FACTORY_CERTIFICATES}, of {limits.CA_PEM_CHARS} characters",
            param="certificates",
        )
    for number, one in enumerate(installed):
        tls_contexts.check_text(f"certificates[{number}].certificate", one.certificate)


def _lacks(profile: int, what: str, param: str) -> Invalid:
    return Invalid(f"security_profile: {profile} needs {what}", param=param)
