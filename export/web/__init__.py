"""Web pages that generate on the visitor's device."""
