"""Addresses, networks and URLs, computed without any network."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from helmlite.engine.failure import TemplateFailure
from helmlite.engine.functions.function import Function, Section, mapping, text_of, whole
from helmlite.engine.functions.scope import FunctionScope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _address(value: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text_of(value).strip())
    except ValueError:
        raise TemplateFailure("this is no IP address") from None


def _network(value: Any) -> Network:
    try:
        return ipaddress.ip_network(text_of(value).strip(), strict=False)
    except ValueError:
        raise TemplateFailure("this is no network in CIDR notation", hint="Write it as in 10.0.0.0/16.") from None


def network(scope: FunctionScope) -> Section:
    """Return the functions of this kind."""
    meter = scope.meter

    def is_ip(value: Any) -> bool:
        try:
            ipaddress.ip_address(text_of(value).strip())
        except ValueError:
            return False
        return True

    def contains(value: Any, inner: Any) -> bool:
        outer, other = _network(value), _network(inner)
        return outer.version == other.version and other.subnet_of(outer)  # type: ignore[arg-type]  # of one version

    def host(value: Any, number: int) -> str:
        found = _network(value)
        index = whole(number)
        if not -found.num_addresses <= index < found.num_addresses:
            raise TemplateFailure(f"the network has only {found.num_addresses} addresses")
        return str(found[index])

    def subnets(value: Any, prefix: int) -> list[str]:
        found, bits = _network(value), whole(prefix)
        if not found.prefixlen <= bits <= found.max_prefixlen:
            raise TemplateFailure(
                f"a part of this network has a prefix between {found.prefixlen} and {found.max_prefixlen}"
            )
        meter.charge_items(1 << (bits - found.prefixlen))
        return [str(each) for each in found.subnets(new_prefix=bits)]

    def subnet(value: Any, bits: int, number: int) -> str:
        found = _network(value)
        longer = found.prefixlen + whole(bits)
        if bits < 0 or longer > found.max_prefixlen or not 0 <= whole(number) < 1 << bits:
            raise TemplateFailure("the network has no such part")
        first = int(found.network_address) + (number << (found.max_prefixlen - longer))
        return str(type(found)((first, longer)))

    def url_parse(value: Any) -> dict[str, Any]:
        try:
            parts = urlsplit(text_of(value))
            port = parts.port
        except ValueError:
            raise TemplateFailure("this is no URL") from None
        userinfo, at, _ = parts.netloc.rpartition("@")
        return {
            "scheme": parts.scheme,
            "userinfo": userinfo if at else "",
            "host": parts.netloc[len(userinfo) + len(at) :],
            "hostname": parts.hostname or "",
            "port": port,
            "path": parts.path,
            "query": parts.query,
            "fragment": parts.fragment,
        }

    def url_join(value: Any) -> str:
        given = mapping(value)
        part = {
            key: text_of(given.get(key) or "") for key in ("scheme", "userinfo", "host", "path", "query", "fragment")
        }
        host, port = part["host"] or text_of(given.get("hostname") or ""), given.get("port")
        if not part["host"] and port is not None:
            host += f":{whole(port, 0, 65535, 'a port')}"
        place = f"{part['userinfo']}@{host}" if part["userinfo"] else host
        text = urlunsplit(SplitResult(part["scheme"], place, part["path"], part["query"], part["fragment"]))
        meter.charge_text(len(text))
        return text

    def url_query(value: Any) -> str:
        text = text_of(value)
        meter.charge_text(len(text) * 3)
        return quote(text, safe="")

    return Section(
        title="Addresses, networks, URLs",
        functions=[
            Function(
                name="is_ip",
                call=is_ip,
                usage="text | is_ip",
                does="whether the text is an IP address",
                examples=[("'::1' | is_ip", "true"), ("'localhost' | is_ip", "false")],
            ),
            Function(
                name="ip_version",
                call=lambda value: _address(value).version,
                usage="address | ip_version",
                does="4 or 6",
                examples=[("'10.0.0.1' | ip_version", "4")],
            ),
            Function(
                name="cidr_contains",
                call=contains,
                usage="network | cidr_contains(address or network)",
                does="whether an address, or a whole network, lies in a network",
                examples=[("'10.0.0.0/8' | cidr_contains('10.1.2.3')", "true")],
            ),
            Function(
                name="cidr_host",
                call=host,
                usage="network | cidr_host(number)",
                does="one address of a network, counted from 0, or from its end when negative",
                examples=[
                    ("'10.0.0.0/24' | cidr_host(10)", "10.0.0.10"),
                    ("'10.0.0.0/24' | cidr_host(-1)", "10.0.0.255"),
                ],
            ),
            Function(
                name="cidr_netmask",
                call=lambda value: str(_network(value).netmask),
                usage="network | cidr_netmask",
                does="the netmask",
                examples=[("'10.0.0.0/12' | cidr_netmask", "255.240.0.0")],
            ),
            Function(
                name="cidr_network",
                call=lambda value: str(_network(value)),
                usage="network | cidr_network",
                does="the network that an address with a prefix lies in",
                examples=[("'10.1.2.3/16' | cidr_network", "10.1.0.0/16")],
            ),
            Function(
                name="cidr_subnet",
                call=subnet,
                usage="network | cidr_subnet(bits, number)",
                does="one part of a network, whose prefix is `bits` longer",
                examples=[("'10.0.0.0/16' | cidr_subnet(8, 2)", "10.0.2.0/24")],
            ),
            Function(
                name="cidr_subnets",
                call=subnets,
                usage="network | cidr_subnets(prefix)",
                does="all parts of a network that have a prefix",
                examples=[("'10.0.0.0/30' | cidr_subnets(31)", '["10.0.0.0/31", "10.0.0.2/31"]')],
            ),
            Function(
                name="url_parse",
                call=url_parse,
                usage="text | url_parse",
                does="scheme, userinfo, host (with port), hostname, port, path, query and fragment of a URL",
                examples=[("('https://a.example:8443/x?y' | url_parse).port", "8443")],
            ),
            Function(
                name="url_join",
                call=url_join,
                usage="mapping | url_join",
                does="the URL of scheme, userinfo, host (or hostname and port), path, query and fragment",
                examples=[("{'scheme': 'https', 'host': 'a.example', 'path': '/x'} | url_join", "https://a.example/x")],
            ),
            Function(
                name="url_quote",
                call=url_query,
                usage="text | url_quote",
                does="the text as it stands in one part of a path or query",
                examples=[("'a b/c' | url_quote", "a%20b%2Fc")],
            ),
        ],
    )
