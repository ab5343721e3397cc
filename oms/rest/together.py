"""Requests that arrive while another of their kind is being served are served in one transaction.

A transaction costs the database and us much the same for one order as for ten, and a SKU that everybody wants is locked
once for all of them. A request that arrives alone is served alone, at once. After a turn that others waited for, the next one
begins when as many are there again, or after a moment: otherwise those who were just answered and those who waited meanwhile
would take turns for ever, half of them each time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Condition, Event
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import structlog
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from oms.database.sharing import give_back
from oms.rest.formats import to_json
from oms.rest.idempotency import once_of
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import OmsError
from oms.tenancy.services.audit import request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from django.http import HttpResponse

    from oms.rest.idempotency import Once
    from oms.rest.requests import ApiRequest
    from oms.tenancy.types import Actor

logger = structlog.get_logger(__name__)
Item = TypeVar("Item")
# More than this in one transaction would make the first wait for the last.
MOST = 50
# A turn waits for those who were answered last as long as that took, at most these seconds.
PATIENCE = 0.1
# Credentials whose last turn is remembered.
REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered."""

    status: int
    data: Any


Outcome = Answer | Exception


@dataclass(slots=True)
class _Turn(Generic[Item]):
    item: Item
    once: Once | None
    request_id: str
    called: Event = field(default_factory=Event)
    outcome: Any = None

    def result(self) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class _Last(NamedTuple):
    """What is remembered of a turn: how many were there as it ended, served and waiting, and until when more are expected."""

    company: int
    until: float


_NOBODY = _Last(0, 0.0)


class Together(Generic[Item]):
    """One operation that many requests ask for. `serve(items, actor)` runs in the tenant's scope.

    It returns an Answer or an exception for each item, in their order; an exception means that the item had no effect.
    What it raises undoes everything; the items are then served one by one, so that one cannot spoil the others.
    """

    def __init__(self, serve: Callable[[Sequence[Item], Actor], Sequence[Outcome]]) -> None:
        self._serve = serve
        self._lock = Condition()
        self._waiting: dict[Hashable, deque[_Turn[Item]]] = {}
        self._last: dict[Hashable, _Last] = {}

    def respond(self, request: ApiRequest, item: Item, *, like: Hashable = None) -> Response | HttpResponse:
        """Serve the request, with others of the same credential that are equal in `like`; raises its exception.

        An Idempotency-Key is claimed and its answer kept in the transaction of the effect.
        """
        access = request.access
        turn = _Turn(item, once_of(request, access), request_id())
        key = (request.tenant_id, access.credential, like)
        with self._lock:
            first = key not in self._waiting
            self._waiting.setdefault(key, deque()).append(turn)
            self._lock.notify_all()
        if not first:
            turn.called.wait()
        if turn.outcome is None:
            self._lead(key, access.actor)
        served = turn.result()
        return Response(served.data, status=served.status) if isinstance(served, Answer) else served

    def _lead(self, key: Any, actor: Actor) -> None:
        """Serve those who wait, the leader among them, then call the next one to lead."""
        turns = self._gather(key)
        began = monotonic()
        try:
            self._serve_turns(key[0], turns, actor)
        finally:
            give_back()
            for turn in turns:
                turn.outcome = turn.outcome or RuntimeError("The server stopped while it served this request.")
            for turn in [*turns, *self._next(key, turns, began)]:
                turn.called.set()

    def _gather(self, key: Any) -> list[_Turn[Item]]:
        with self._lock:
            waiting = self._waiting[key]
            company, until = self._last.get(key, _NOBODY)
            self._lock.wait_for(lambda: len(waiting) >= min(company, MOST), max(0.0, until - monotonic()))
            return [waiting.popleft() for _turn in range(min(len(waiting), MOST))]

    def _next(self, key: Any, served: Sequence[_Turn[Item]], began: float) -> list[_Turn[Item]]:
        """Who leads next, if anybody waits; remembers how many there are."""
        ended = monotonic()
        with self._lock:
            waiting = self._waiting[key]
            if len(self._last) >= REMEMBERED:
                self._last.clear()
            self._last[key] = _Last(len(served) + len(waiting), ended + min(ended - began, PATIENCE))
            if not waiting:
                del self._waiting[key]
            return list(waiting)[:1]

    def _serve_turns(self, tenant_id: Any, turns: Sequence[_Turn[Item]], actor: Actor) -> None:
        if len(turns) > 1:
            logger.info("rest.together", requests=[turn.request_id for turn in turns])
        try:
            outcomes = self._attempt(tenant_id, turns, actor)
        except Exception as error:  # noqa: BLE001 -- it is raised again in the thread of each request
            if len(turns) == 1:
                turns[0].outcome = error
                return
            logger.warning("rest.together_failed", error=repr(error), requests=len(turns))
            for turn in turns:
                self._serve_turns(tenant_id, [turn], actor)
            return
        for turn, outcome in zip(turns, outcomes, strict=True):
            turn.outcome = outcome

    def _attempt(self, tenant_id: Any, turns: Sequence[_Turn[Item]], actor: Actor) -> list[Any]:
        with tenant_scope(tenant_id):
            outcomes = [_claimed(turn) for turn in turns]
            fresh = [index for index, outcome in enumerate(outcomes) if outcome is None]
            if fresh:
                served = self._serve([turns[index].item for index in fresh], actor)
                for index, outcome in zip(fresh, served, strict=True):
                    outcomes[index] = outcome
                    once = turns[index].once
                    if once and isinstance(outcome, Answer):
                        once.keep(outcome.status, to_json(outcome.data))
        return outcomes


def _claimed(turn: _Turn[Any]) -> Any:
    """The answer that was given before, why there can be none, or None when the request is to be served."""
    if turn.once is None:
        return None
    try:
        return turn.once.claim()
    except (APIException, OmsError) as refusal:
        return refusal
