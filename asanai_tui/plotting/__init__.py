"""Series, scales and the one module that calls plotext. Knows nothing of the screen."""
