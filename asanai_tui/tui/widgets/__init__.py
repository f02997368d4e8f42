"""The panes and controls that screens are made of."""
