"""The application as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal."""

    name = "openp4p.portal"
    label = "portal"
    verbose_name = "Review before pay"
