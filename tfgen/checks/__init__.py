"""What can be wrong with what a model is given, said in one line and as early as possible."""
