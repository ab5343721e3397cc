"""The words that scripts say. They travel as one data attribute, so that scripts hold no language."""

from __future__ import annotations

import json

from django.utils.translation import gettext as _


def script_words() -> str:
    """JSON for the body's data-words; {0} and {1} stand for numbers."""
    return json.dumps(
        {
            "seconds": _("%(count)s s") % {"count": "{0}"},
            "minutes": _("%(count)s min") % {"count": "{0}"},
            "hours": _("%(hours)s h %(minutes)s") % {"hours": "{0}", "minutes": "{1}"},
            "days": _("%(days)s d %(hours)s h") % {"days": "{0}", "hours": "{1}"},
            "late": _("%(time)s late") % {"time": "{0}"},
            "left": _("%(time)s left") % {"time": "{0}"},
            "selected": _("%(count)s selected") % {"count": "{0}"},
            "results": _("%(count)s results") % {"count": "{0}"},
            "none": _("No result"),
            "failed": _("The server did not answer. Try again."),
            "offline": _("You are offline. What you see may be old."),
            "undo": _("Undo (%(count)s s)") % {"count": "{0}"},
            "paused": _("Updates paused"),
            "passkey": _("The passkey was not used. Try again, or sign in with your password."),
        },
        ensure_ascii=False,
    )
