from __future__ import annotations

from django.urls import path

from analytics.web import home

urlpatterns = [path("", home.home_page, name="home")]
