from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "OWNER", _("Owner")
    MANAGER = "MANAGER", _("Manager")
    LOGISTICS = "LOGISTICS", _("Logistics")
    CUSTOMER_SERVICE = "CUSTOMER_SERVICE", _("Customer service")
    STORE_STAFF = "STORE_STAFF", _("Store staff")
    PARTNER = "PARTNER", _("Partner")
    ANALYST = "ANALYST", _("Analyst")
    INTEGRATOR = "INTEGRATOR", _("Integrator")


class LegalEntityKind(models.TextChoices):
    OWN = "OWN", _("Own stores")
    FRANCHISE = "FRANCHISE", _("Franchisee")
    AFFILIATE = "AFFILIATE", _("Affiliate")


class ActorKind(models.TextChoices):
    PERSON = "PERSON", _("Person")
    API_KEY = "API_KEY", _("API key")
    RULE = "RULE", _("Rule")
    CHANNEL = "CHANNEL", _("Channel")
    SYSTEM = "SYSTEM", _("System")
