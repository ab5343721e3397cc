from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from oms.fulfilment.web import desk, leave, queues, refusals, shell, work


class QueueKey(StringConverter):
    """The second and the third queue; the first has the location's own address."""

    regex = "pick|ready"


register_converter(QueueKey, "queue")

app_name = "store"
urlpatterns = [
    path("", queues.home, name="home"),
    path("-/manifest.webmanifest", shell.manifest, name="manifest"),
    path("-/worker.js", shell.worker, name="worker"),
    path("-/offline/", shell.offline, name="offline"),
    path("<str:code>/", queues.show_queue, name="queue"),
    path("<str:code>/<queue:key>/", queues.show_queue, name="queue"),
    path("<str:code>/desk/", desk.desk, name="desk"),
    path("<str:code>/jobs/<uuid:job_id>/", work.show, name="job"),
    path("<str:code>/jobs/<uuid:job_id>/accept/", work.accept, name="accept"),
    path("<str:code>/jobs/<uuid:job_id>/refuse/", refusals.refusal, name="refusal"),
    path("<str:code>/jobs/<uuid:job_id>/refuse/confirm/", refusals.refuse, name="refuse"),
    path("<str:code>/jobs/<uuid:job_id>/scan/", work.scan, name="scan"),
    path("<str:code>/jobs/<uuid:job_id>/count/", work.count, name="count"),
    path("<str:code>/jobs/<uuid:job_id>/missing/", refusals.missing, name="missing"),
    path("<str:code>/jobs/<uuid:job_id>/pack/", refusals.pack, name="pack"),
    path("<str:code>/jobs/<uuid:job_id>/ship/", leave.ship, name="ship"),
    path("<str:code>/jobs/<uuid:job_id>/ready/", leave.ready, name="ready"),
    path("<str:code>/jobs/<uuid:job_id>/collect/", leave.collect, name="collect"),
]
