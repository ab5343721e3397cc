from __future__ import annotations

from django.urls import path

from oms.web import views

app_name = "web"
urlpatterns = [
    path("palette/", views.palette_page, name="palette"),
    path("language/", views.set_language, name="language"),
    path("theme/", views.set_theme, name="theme"),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
    path("tenant/", views.switch_tenant, name="switch-tenant"),
    path("welcome/", views.welcome, name="welcome"),
    path("views/save/", views.save_list_view, name="save-view"),
    path("views/<uuid:view_id>/delete/", views.delete_list_view, name="delete-view"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
