"""What recipes build: a model of one family for any settings and spec, and the batches it takes.

Options are read from the settings by name, and a recipe declares those that its model reads.
"""
