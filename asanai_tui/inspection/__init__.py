"""Functions from a model and data to arrays: predictions first."""
