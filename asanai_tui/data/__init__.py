"""From files to datasets: what was read, what was decided and why. Numpy arrays; neither torch nor textual."""
