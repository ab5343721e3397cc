"""Refusals of the local runner: a sentence for the person at the terminal."""


class LocalError(Exception):
    """Something on this machine keeps Baton from running; the message says what to do."""


class ServiceFailed(LocalError):
    """An embedded server did not start or stop."""


class ProcessFailed(LocalError):
    """One of Baton's processes died or never became ready."""
