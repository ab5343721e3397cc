from __future__ import annotations

from django.urls import path

from channels.web import actions, listing, page, settings, view_effect

app_name = "channels"
urlpatterns = [
    path("", listing.channel_list, name="list"),
    path("view-effect/", view_effect.view_effect, name="view-effect"),
    path("new/", settings.choose, name="new"),
    path("new/<slug:kind>/", settings.connect, name="connect"),
    path("<uuid:connection_id>/", page.publications, name="page"),
    path("<uuid:connection_id>/listings/", page.listings, name="listings"),
    path("<uuid:connection_id>/listings/adopt/", actions.adopt, name="adopt"),
    path("<uuid:connection_id>/listings/<uuid:listing_id>/", actions.link, name="link"),
    path("<uuid:connection_id>/parked/", page.parked, name="parked"),
    path("<uuid:connection_id>/parked/replay/", actions.replay, name="replay"),
    path("<uuid:connection_id>/parked/<uuid:item_id>/", actions.item, name="item"),
    path("<uuid:connection_id>/parked/<uuid:item_id>/discard/", actions.discard, name="discard"),
    path("<uuid:connection_id>/exchanges/", page.exchanges, name="exchanges"),
    path("<uuid:connection_id>/settings/", settings.settings, name="settings"),
    path("<uuid:connection_id>/test/", actions.test, name="test"),
    path("<uuid:connection_id>/pause/", actions.pause_channel, name="pause"),
    path("<uuid:connection_id>/resume/", actions.resume_channel, name="resume"),
    path("<uuid:connection_id>/publish/", actions.publish_all, name="publish"),
]
