"""What makes int8 networks good: narrow ranges, and training under their rounding."""
