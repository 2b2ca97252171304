"""What names, keys and other texts must be like: each form tells what is wrong with a text, in the server's words."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from helmlite.sandbox.checks.schedules import schedule

Form: TypeAlias = Callable[[str], Sequence[str]]
"""What is wrong with a text; nothing for a good one."""

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_ENDS = "must start and end with an alphanumeric character"
_LOWER = "must consist of lower case alphanumeric characters"
_MIXED = "must consist of alphanumeric characters, '-', '_' or '.'"


def _like(said: str, pattern: str, *examples: str, limit: str = "") -> Form:
    """Return a form that has a pattern and a greatest length (``63 bytes``)."""
    regex, most = re.compile(pattern), int(limit.partition(" ")[0] or 0)
    listed = ",  or ".join(f"'{each}'" for each in examples)

    def check(text: str) -> list[str]:
        found = [f"must be no more than {limit}"] if most and len(text.encode()) > most else []
        wrong = f"{said} (e.g. {listed}, regex used for validation is '{pattern}')"
        return found if regex.fullmatch(text) else [*found, wrong]

    return check


_LABEL_SAID = f"a lowercase RFC 1123 label {_LOWER} or '-', and {_ENDS}"
_dns_label = _like(_LABEL_SAID, _LABEL, "my-name", "123-abc", limit="63 characters")
_SUBDOMAIN_SAID = f"a lowercase RFC 1123 subdomain {_LOWER}, '-' or '.', and {_ENDS}"
dns_subdomain = _like(_SUBDOMAIN_SAID, _SUBDOMAIN, "example.com", limit="253 characters")
_WILDCARD_SAID = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which"
    f" {_LOWER}, '-' or '.' and end with an alphanumeric character"
)
_wildcard = _like(_WILDCARD_SAID, rf"\*\.{_SUBDOMAIN}", "*.example.com", limit="253 characters")
_VALUE_SAID = f"a valid label must be an empty string or {_MIXED.removeprefix('must ')}, and {_ENDS}"
label_value = _like(_VALUE_SAID, f"({_QUALIFIED})?", "MyValue", "my_value", "12345", limit="63 bytes")
_KEY_EXAMPLES = ("MyName", "my.name", "123-abc")
_key_name = _like(f"name part {_MIXED}, and {_ENDS}", _QUALIFIED, *_KEY_EXAMPLES)
_whole_key = _like(f"a valid label key {_MIXED}, and {_ENDS}", _QUALIFIED, *_KEY_EXAMPLES)
_CONFIG_EXAMPLES = ("key.name", "KEY_NAME", "key-name")
_config_key = _like(f"a valid config key {_MIXED}", "[-._a-zA-Z0-9]+", *_CONFIG_EXAMPLES, limit="253 characters")
percentage = _like("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")


def dns_label(text: str) -> Sequence[str]:
    """Return what is wrong with a name without dots (of a container, a Service)."""
    if "." in text and not dns_subdomain(text):
        return ["must not contain dots"]
    return _dns_label(text)


def host(text: str) -> Sequence[str]:
    """Return what is wrong with the host name of an Ingress, which may begin with a wildcard."""
    if not ip(text):
        return ["must be a DNS name, not an IP address"]
    return _wildcard(text) if "*" in text else dns_subdomain(text)


def label_key(text: str) -> Sequence[str]:
    """Return what is wrong with the key of a label, annotation, finalizer: ``app``, ``example.com/app``."""
    *prefix, name = text.split("/")
    if len(prefix) > 1:
        return [f"{_whole_key(text)[0]} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    if prefix == [""]:
        return ["prefix part must be non-empty"]
    found = [f"prefix part {message}" for each in prefix for message in dns_subdomain(each)]
    if not name:
        found.append("name part must be non-empty")
    elif len(name.encode()) > 63:
        found.append("name part must be no more than 63 bytes")
    return [*found, *_key_name(name)]


def path_segment(text: str) -> Sequence[str]:
    """Return what is wrong with a name that only has to stand in a path (of a Role)."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{each}'" for each in "/%" if each in text]


def config_key(text: str) -> Sequence[str]:
    """Return what is wrong with a key of a ConfigMap or Secret."""
    if text in (".", ".."):
        return [f"must not be '{text}'"]
    if text.startswith(".."):
        return ["must not start with '..'"]
    return _config_key(text)


def port_name(text: str) -> Sequence[str]:
    """Return what is wrong with the name of a container's port."""
    found = []
    if len(text) > 15:
        found.append("must be no more than 15 characters")
    if not re.fullmatch("[-a-z0-9]+", text):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        found.append("must contain at least one letter (a-z)")
    if "--" in text:
        found.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def variable_name(text: str) -> Sequence[str]:
    """Return what is wrong with the name of an environment variable."""
    if re.fullmatch("[ -<>-~]+", text):
        return ()
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]


def ip(text: str) -> Sequence[str]:
    """Return what is wrong with an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return ()


def outside_ip(text: str) -> Sequence[str]:
    """Return what is wrong with the IP address of something outside of the cluster or of an endpoint."""
    wrong = ip(text)
    if not wrong and ipaddress.ip_address(text).is_loopback:
        return ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]
    return wrong


def cidr(text: str) -> Sequence[str]:
    """Return what is wrong with a range of IP addresses."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return [_NO_CIDR]
    return () if "/" in text else [_NO_CIDR]


_NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def inner_path(text: str) -> Sequence[str]:
    """Return what is wrong with a path that must stay inside of a folder."""
    if text.startswith("/"):
        return ["must be a relative path"]
    return no_parent(text)


def no_parent(text: str) -> Sequence[str]:
    """Return what is wrong with a path that must not lead upwards."""
    return ["must not contain '..'"] if ".." in text.split("/") else ()


def domain_path(text: str) -> Sequence[str]:
    """Return what is wrong with a path that begins with a domain (``acme.io/foo``)."""
    domain, _, rest = text.partition("/")
    if not domain or not rest:
        return ['must be a domain-prefixed path (such as "acme.io/foo")']
    return dns_subdomain(domain)


def plain_path(text: str) -> Sequence[str]:
    """Return what is wrong with the path of an Ingress."""
    found = [f"must not contain '{each}'" for each in ("//", "/./", "/../") if each in text]
    return found or absolute_path(text)


def absolute_path(text: str) -> Sequence[str]:
    """Return what is wrong with a path that begins at the root."""
    return () if text.startswith("/") else ["must be an absolute path"]


def trimmed(text: str) -> Sequence[str]:
    """Return what is wrong with a text that has no blanks around it."""
    return () if text.strip() == text else ["must not have leading or trailing whitespace"]


def time_zone(text: str) -> Sequence[str]:
    """Return what is wrong with the name of a time zone."""
    if not text:
        return ["timeZone must be nil or non-empty string"]
    for known in ("Etc/UTC", text):
        try:
            zoneinfo.ZoneInfo(known)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return [f"unknown time zone {text}"] if known == text else ()  # no zones at hand: all are believed
    return ()


def _unless_empty(form: Form) -> Form:
    return lambda text: form(text) if text else ()


FORMS: Mapping[str, Form] = {
    "dns_subdomain": dns_subdomain,
    "subdomain_or_empty": _unless_empty(dns_subdomain),
    "host": host,
    "label_key": label_key,
    "label_value": label_value,
    "schedule": schedule,
    "time_zone": time_zone,
    "trimmed": trimmed,
    "absolute_path": absolute_path,
    **{
        form.__name__: _unless_empty(form)
        for form in (
            *(cidr, config_key, dns_label, domain_path, inner_path, ip, no_parent, outside_ip, path_segment),
            *(plain_path, port_name, variable_name),
        )
    },
}
"""Forms by the name that the table knows them by."""
