"""Losses, metrics, optimizers and the loop that trains. It never calls the screen."""
