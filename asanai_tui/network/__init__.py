"""What a network is: layers, shapes, counts and problems, in plain arithmetic. Torch is imported only to compute."""
