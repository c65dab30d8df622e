"""Proof that artefacts answer like the model they were made from."""
