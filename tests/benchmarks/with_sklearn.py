"""scikit-learn's MLP, an epoch at a time; it knows dense layers alone."""

import time

import numpy as np
import torch
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from tests.benchmarks.tasks import Task
from tests.benchmarks.training import EPOCHS, Trained


def train(task: Task) -> Trained:
    """First weights are its own, drawn from the same distribution; no regularization, as everywhere else."""
    units = [layer["units"] for layer in task.layers[:-1]]
    model = MLPClassifier(units, alpha=0.0, batch_size=task.batch_size, random_state=1)
    labels = np.unique(task.classes)
    seconds = []
    for _ in range(EPOCHS):
        began = time.perf_counter()
        with threadpool_limits(torch.get_num_threads()):  # numpy's libraries have threads of their own
            model.partial_fit(task.inputs, task.classes, classes=labels)
        seconds.append(time.perf_counter() - began)
    return Trained(min(seconds[1:]), float(log_loss(task.classes, model.predict_proba(task.inputs))))
