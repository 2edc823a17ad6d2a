"""Measures, held against scikit-learn and scipy where they are installed, and against figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer.validation.metrics import (
    area_under_curve,
    classification,
    confusion_matrix,
    cosine_rows,
    regression,
    top_k_hits,
)

SEEDS = range(8)


def made(seed: int, samples: int = 60, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, samples)
    scores = generator.integers(-6, 7, (samples, classes)).astype(np.float64)  # many ties, as int8 has
    return truth, scores


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_as_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    truth, scores = made(seed)
    found = classification(truth, scores)
    answer = scores.argmax(axis=1)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, answer))
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(truth, answer, labels=range(4)))
    for own, oracle in (
        (found.recall, metrics.recall_score),
        (found.precision, metrics.precision_score),
        (found.f1, metrics.f1_score),
    ):
        expected = oracle(truth, answer, labels=range(4), average=None, zero_division=0)
        np.testing.assert_allclose([value or 0.0 for value in own], expected)
    normed = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    one_against_rest = [metrics.roc_auc_score(truth == c, scores[:, c]) for c in range(4)]
    assert found.auc == pytest.approx(np.mean(one_against_rest))
    assert normed.shape == scores.shape


@pytest.mark.parametrize("seed", SEEDS)
def test_two_classes_as_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    truth, scores = made(seed, classes=2)
    assert classification(truth, scores).auc == pytest.approx(
        metrics.roc_auc_score(truth, scores[:, 1] - scores[:, 0])
    )
    assert classification(truth, scores[:, 0], (scores[:, 0] > 0).astype(int)).auc == pytest.approx(
        metrics.roc_auc_score(truth, scores[:, 0])
    )


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_as_scikit_learn(k: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    truth, _ = made(0)
    scores = np.random.default_rng(1).permuted(np.tile(np.arange(4.0), (60, 1)), axis=1)
    expected = metrics.top_k_accuracy_score(truth, scores, k=k, labels=range(4))
    assert top_k_hits(truth, scores, k).mean() == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_as_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    generator = np.random.default_rng(seed)
    truth, answer = generator.normal(size=(2, 20, 3))
    found = regression(truth, answer)
    assert found.rmse == pytest.approx(np.sqrt(metrics.mean_squared_error(truth, answer)))
    assert found.mae == pytest.approx(metrics.mean_absolute_error(truth, answer))
    assert found.r2 == pytest.approx(
        metrics.r2_score(truth, answer, multioutput="variance_weighted"), rel=1e-12
    )
    expected = [
        metrics.pairwise.cosine_similarity([a], [b])[0, 0] for a, b in zip(truth, answer, strict=True)
    ]
    assert found.cosine == pytest.approx(np.mean(expected))


def test_by_hand() -> None:
    assert area_under_curve(np.array([True, False]), np.array([1.0, 1.0])) == 0.5
    assert area_under_curve(np.array([True, True, False]), np.array([3.0, 1.0, 2.0])) == 0.5
    assert area_under_curve(np.array([True, True]), np.array([3.0, 1.0])) is None
    np.testing.assert_array_equal(
        confusion_matrix(np.array([0, 1, 1]), np.array([1, 1, 0]), 2), [[0, 1], [1, 1]]
    )
    np.testing.assert_array_equal(
        cosine_rows(np.zeros((2, 2)), np.array([[0.0, 0.0], [1.0, 0.0]])), [1.0, 0.0]
    )


def test_equal_scores_belong_to_the_first_class_as_for_argmax() -> None:
    scores = np.zeros((2, 3))
    np.testing.assert_array_equal(top_k_hits(np.array([0, 1]), scores, 1), [True, False])
    assert classification(np.array([0, 1]), scores).accuracy == 0.5


def test_classes_that_do_not_occur() -> None:
    found = classification(np.array([0, 0]), np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    assert found.recall == (0.5, None, None)
    assert found.precision == (1.0, 0.0, None)
    assert found.auc is None
    assert regression(np.ones((3, 1)), np.zeros((3, 1))).r2 is None
