"""Web pages that generate on the visitor's device."""

from tfgen.export.web.page import to_web

__all__ = ["to_web"]
