"""Folders to start an app from."""
