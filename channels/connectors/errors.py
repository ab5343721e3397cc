"""The one way a connector fails."""

from collections.abc import Mapping

from channels.connectors.enums import Capability, ErrorKind

_CURED_BY_TIME = frozenset({ErrorKind.TRANSIENT})


class ConnectorError(Exception):
    """A call to a channel did not succeed; `kind` says how it is cured.

    `permanent`: repeating the same call cannot help.
    `retry_after`: seconds the channel asked to wait, if it said so.
    `outcome_unknown`: the channel may have done what was asked (time-out after sending): read before sending again.
    `payload`: what the channel answered, to be kept beside the error.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ErrorKind,
        permanent: bool | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        code: str = "",
        payload: object = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.permanent = kind not in _CURED_BY_TIME if permanent is None else permanent
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.code = code
        self.payload = payload

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kind}, {self.message!r}, permanent={self.permanent})"


class CapabilityMissingError(ConnectorError):
    """A method was called that the connector does not declare."""

    def __init__(self, connector: str, capability: Capability) -> None:
        super().__init__(
            f"The connector {connector} does not declare {capability}.",
            kind=ErrorKind.VALIDATION,
            code="capability_missing",
        )
        self.capability = capability


class SettingsError(ConnectorError):
    """The settings of a connection are incomplete or wrong; `problems` maps a field's name to a sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        listed = " ".join(f"{name}: {problem}" for name, problem in problems.items())
        super().__init__(listed, kind=ErrorKind.VALIDATION, code="settings")
        self.problems = dict(problems)


class UnknownConnectorError(LookupError):
    """No connector of that kind is installed."""


class MappingError(ValueError):
    """An order cannot be brought into the neutral model; the text is for a person. Never leaves a connector."""


def contract_error(message: str, payload: object = None) -> ConnectorError:
    """The channel answered something its own rules do not allow."""
    return ConnectorError(message, kind=ErrorKind.CONTRACT, payload=payload)
