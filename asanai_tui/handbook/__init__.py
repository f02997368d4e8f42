"""The handbook: pages in Markdown whose examples are computed when they are read."""
