from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from oms.tenancy.errors import NotFound
from oms.tenancy.models import SavedView

if TYPE_CHECKING:
    from uuid import UUID


def save_view(*, page: str, name: str, query: str, user_id: UUID, shared: bool = False) -> SavedView:
    """Keep a list page's query string under a name; the same name again replaces it."""
    owner_id = None if shared else user_id
    view, _created = SavedView.objects.update_or_create(
        page=page, name=name, owner_id=owner_id, defaults={"query": query}
    )
    return view


def delete_view(*, view_id: UUID, user_id: UUID) -> None:
    """Forget a view of one's own or a shared one. Raises NotFound."""
    deleted, _by_model = SavedView.objects.filter(Q(owner_id=user_id) | Q(owner=None), pk=view_id).delete()
    if not deleted:
        raise NotFound(_("There is no such saved view."))
