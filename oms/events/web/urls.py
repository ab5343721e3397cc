from __future__ import annotations

from django.urls import path

from oms.events.web import dead_letters

app_name = "events"
urlpatterns = [
    path("dead-letters/", dead_letters.dead_letter_list, name="dead-letters"),
    path("dead-letters/replay/", dead_letters.replay_all, name="replay-all"),
    path("dead-letters/<uuid:delivery_id>/", dead_letters.dead_letter, name="dead-letter"),
    path("dead-letters/<uuid:delivery_id>/replay/", dead_letters.replay, name="replay"),
    path("dead-letters/<uuid:delivery_id>/discard/", dead_letters.discard, name="discard"),
]
