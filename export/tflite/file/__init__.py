"""A TFLite file as a thing in itself: read, joined, packed, described, looked into."""
