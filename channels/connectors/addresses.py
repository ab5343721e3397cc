"""Which network addresses a connection may reach. A merchant types the address, so it must not lead inside."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})
_INSIDE = tuple(
    ip_network(each)
    for each in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
)
_NAT64 = ip_network("64:ff9b::/96")
_V4_COMPATIBLE = ip_network("::/96")


class ForbiddenAddressError(ValueError):
    """The address may not be reached; the text says why."""


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, IPv4 first. Raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(each[4][0]) for each in found))
    return sorted(numbers, key=lambda number: ":" in number)


def allowed_addresses(host: str, port: int, *, private: bool, resolver: Resolver = resolve) -> list[str]:
    """The addresses to connect to. One forbidden address among them forbids the host (rebinding).

    Raises ForbiddenAddressError, OSError.
    """
    if not private and port not in _PUBLIC_PORTS:
        raise ForbiddenAddressError(f"Port {port} is not one a shop listens on.")
    numbers = list(resolver(host, port))
    for number in numbers:
        refuse_forbidden(number, private=private)
    return numbers


def refuse_forbidden(number: str, *, private: bool) -> None:
    """Raises ForbiddenAddressError unless the address is public, or private and that is allowed."""
    address = _innermost(ip_address(number.partition("%")[0]))
    if _is_public(address):
        return
    if private and _is_inside(address):
        return
    raise ForbiddenAddressError(f"{number} is not a public address.")


def _is_public(address: Address) -> bool:
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or site_local)


def _is_inside(address: Address) -> bool:
    """Of this machine or a private network; never link-local, where clouds keep their credentials."""
    return any(address in network for network in _INSIDE)


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 form carries, where it carries one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
