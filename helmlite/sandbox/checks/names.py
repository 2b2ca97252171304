"""What names, keys and other texts must be like: each form tells what is wrong with a text, in the server's words."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Form: TypeAlias = Callable[[str], Sequence[str]]
"""What is wrong with a text; nothing for a good one."""

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_ENDS = "must start and end with an alphanumeric character"
_LOWER = "must consist of lower case alphanumeric characters"
_MIXED = "consist of alphanumeric characters, '-', '_' or '.'"


def _plain(pattern: str, said: str) -> Form:
    """Return a form that has a pattern."""
    regex = re.compile(pattern, re.DOTALL)
    return lambda text: () if regex.fullmatch(text) else [said.replace("{}", text)]


def _like(said: str, pattern: str, examples: str, limit: str = "") -> Form:
    """Return a form that has a pattern, told with examples, and a greatest length (``63 bytes``)."""
    shown = ",  or ".join(f"'{each}'" for each in examples.split())
    form = _plain(pattern, f"{said} (e.g. {shown}, regex used for validation is '{pattern}')")
    most = limit.partition(" ")[0]
    return _all(_plain(f".{{0,{most}}}", f"must be no more than {limit}"), form) if limit else form


def _all(*forms: Form) -> Form:
    return lambda text: [each for form in forms for each in form(text)]


def _first(*forms: Form) -> Form:
    """Return a form that tells what the first of several finds that finds anything."""
    return lambda text: next(filter(None, (form(text) for form in forms)), ())


def _unless_empty(form: Form) -> Form:
    return lambda text: form(text) if text else ()


def read_by(reader: Callable[[str], object], said: str = "must be readable") -> Form:
    """Return a form of texts that can be read."""

    def check(text: str) -> Sequence[str]:
        try:
            reader(text)
        except ValueError:
            return [said]
        return ()

    return check


dns_subdomain = _like(
    f"a lowercase RFC 1123 subdomain {_LOWER}, '-' or '.', and {_ENDS}", _SUBDOMAIN, "example.com", "253 characters"
)
_label = _like(f"a lowercase RFC 1123 label {_LOWER} or '-', and {_ENDS}", _LABEL, "my-name 123-abc", "63 characters")
_wildcard = _like(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which"
    f" {_LOWER}, '-' or '.' and end with an alphanumeric character",
    rf"\*\.{_SUBDOMAIN}",
    "*.example.com",
)
_VALUE_SAID = f"a valid label must be an empty string or {_MIXED}, and {_ENDS}"
label_value = _like(_VALUE_SAID, f"({_QUALIFIED})?", "MyValue my_value 12345", "63 bytes")
_key_name = _like(f"name part must {_MIXED}, and {_ENDS}", _QUALIFIED, "MyName my.name 123-abc")
_key_length = _plain(".{0,63}", "name part must be no more than 63 bytes")
config_key = _first(
    _plain(r"(?!\.\.?$).*", "must not be '{}'"),
    _plain(r"(?!\.\.).*", "must not start with '..'"),
    _like(f"a valid config key must {_MIXED}", "[-._a-zA-Z0-9]+", "key.name KEY_NAME key-name", "253 characters"),
)
path_segment = _all(
    _plain(r"(?!\.\.?$).*", "may not be '{}'"),
    _plain("[^/]*", "may not contain '/'"),
    _plain("[^%]*", "may not contain '%'"),
)
"""What only has to stand in a path (the name of a Role)."""
port_name = _all(
    _plain(".{0,15}", "must be no more than 15 characters"),
    _plain("[-a-z0-9]+", "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
    _plain(".*[a-z].*", "must contain at least one letter (a-z)"),
    _plain("(?!.*--).*", "must not contain consecutive hyphens"),
    _plain("(?!-).*(?<!-)", "must not begin or end with a hyphen"),
)
percentage = _like("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1% 93%")
ip = read_by(ipaddress.ip_address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
_NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
cidr = _first(_plain(".*/.*", _NO_CIDR), read_by(ipaddress.ip_interface, _NO_CIDR))
_PRINTABLE = "consist only of printable ASCII characters other than '='"
_variable_name = _plain("[ -<>-~]+", f"a valid environment variable name must {_PRINTABLE}")
_absolute_path = _plain("/.*", "must be an absolute path")
_no_parent = _plain(r"(?!(.*/)?\.\.(/|$)).*", "must not contain '..'")


def dns_label(text: str) -> Sequence[str]:
    """Return what is wrong with a name without dots (of a container, a Service)."""
    return ["must not contain dots"] if "." in text and not dns_subdomain(text) else _label(text)


def _host(text: str) -> Sequence[str]:
    if not ip(text):
        return ["must be a DNS name, not an IP address"]
    return _wildcard(text) if "*" in text else dns_subdomain(text)


def label_key(text: str) -> Sequence[str]:
    """Return what is wrong with the key of a label, annotation, finalizer: ``app``, ``example.com/app``."""
    prefix, slash, name = text.rpartition("/")
    if slash and not prefix:
        return ["prefix part must be non-empty"]
    found = [f"prefix part {message}" for message in (dns_subdomain(prefix) if slash else ())]
    if not name:
        found.append("name part must be non-empty")
    return [*found, *_key_length(name), *_key_name(name)]


_MONTHS, _DAYS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", "sun|mon|tue|wed|thu|fri|sat"
_TIMES = ("[0-5]?[0-9]", "[01]?[0-9]|2[0-3]", "0?[1-9]|[12][0-9]|3[01]", f"0?[1-9]|1[0-2]|{_MONTHS}", f"[0-6]|{_DAYS}")
"""What stands for one minute, hour, day, month, day of the week."""
_INTERVAL = r"@(yearly|annually|monthly|weekly|daily|midnight|hourly|every ([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+)"


def schedule(text: str) -> Sequence[str]:
    """Return what is wrong with the schedule of a CronJob (``*/10 9-17 * * MON-FRI``)."""
    parts = text.split()
    if "TZ" in text:
        return ["cannot use TZ or CRON_TZ in schedule, use timeZone field instead"]
    if text.startswith("@"):
        return () if re.fullmatch(_INTERVAL, text) else [f"unrecognized descriptor: {text}"]
    if len(parts) != len(_TIMES):
        return [f"expected exactly {len(_TIMES)} fields, found {len(parts)}: [{' '.join(parts)}]"]
    for part, time in zip(parts, _TIMES, strict=True):
        each = rf"([*?]|({time})(-({time}))?)(/0*[1-9][0-9]*)?"
        if not re.fullmatch(f"{each}(,{each})*", part.lower()):
            return [f"failed to parse {part}"]
    return ()


def time_zone(text: str) -> Sequence[str]:
    """Return what is wrong with the name of a time zone; where no zones are at hand, all are believed."""
    known = zoneinfo.available_timezones()
    if not text:
        return ["timeZone must be nil or non-empty string"]
    return () if text in known or not known else [f"unknown time zone {text}"]


FORMS: Mapping[str, Form] = {
    "dns_subdomain": dns_subdomain,
    "host": _host,
    "label_key": label_key,
    "label_value": label_value,
    "absolute_path": _absolute_path,
    "time_zone": time_zone,
    **{
        name: _unless_empty(form)
        for name, form in {
            "cidr": cidr,
            "config_key": config_key,
            "dns_label": dns_label,
            "inner_path": _first(_plain("(?!/).*", "must be a relative path"), _no_parent),
            "ip": ip,
            "no_parent": _no_parent,
            "path_segment": path_segment,
            "plain_path": _first(_plain("(?!.*//).*", "must not contain '//'"), _absolute_path),
            "port_name": port_name,
            "schedule": schedule,
            "subdomain_or_empty": dns_subdomain,
            "variable_name": _variable_name,
        }.items()
    },
}
"""Forms by the name that the table knows them by."""
