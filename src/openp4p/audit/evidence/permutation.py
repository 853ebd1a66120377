"""C7.3: the Freedman-Lane permutation p-value of a studentised statistic."""

from __future__ import annotations

import numpy as np

from openp4p.audit.evidence.least_squares import leverage, unexplained
from openp4p.audit.evidence.numbers import Vector

_CELLS_AT_ONCE = 4_000_000
_TIE = 1e-9
_RIDGE = 1e-12


def permutation_p(
    outcome: Vector, tested: Vector, others: Vector, *, draws: int, seed: int
) -> float:
    """(1 + draws at least as extreme) / (draws + 1), under exchange of the residuals of `others`.

    `others` (with a constant) are the columns of the model without what is tested. The statistic is
    the Wald statistic of the tested columns with HC3 covariance. F would call levels different
    that only differ in spread: it found a gap where there was none in 10 to 24% of trials.
    """
    rows = len(outcome)
    basis, _ = np.linalg.qr(others)
    residuals = outcome - basis @ (basis.T @ outcome)
    own = tested - basis @ (basis.T @ tested)
    design = np.column_stack([others, tested])
    full, _ = np.linalg.qr(design)
    scale = np.square(unexplained(leverage(design)))
    random = np.random.default_rng(seed)
    observed = _wald(residuals[None, :], own, full, scale)[0]
    extreme, left = 0, draws
    while left:
        number = min(left, max(1, _CELLS_AT_ONCE // rows))
        shuffled = random.permuted(np.tile(residuals, (number, 1)), axis=1)
        statistics = _wald(shuffled, own, full, scale)
        extreme += int((statistics >= observed * (1.0 - _TIE)).sum())
        left -= number
    return (1 + extreme) / (draws + 1)


def _wald(outcomes: Vector, own: Vector, full: Vector, scale: Vector) -> Vector:
    """The HC3 Wald statistic of the columns `own`, for each row of outcomes.

    By Frisch-Waugh: `own` is what the other columns leave of the tested ones, so that the score
    own' y and the meat own' diag(e^2 / (1 - h)^2) own give it without the inverse between them.
    """
    score = outcomes @ own
    left = outcomes - (outcomes @ full) @ full.T
    squares = np.square(left) * scale
    columns = own.shape[1]
    products = np.einsum("ni,nj->nij", own, own).reshape(len(own), columns * columns)
    meat = (squares @ products).reshape(-1, columns, columns)
    # where nobody in a level differs, its spread is zero: 0 of 0 must be 0, not an error
    trace = np.trace(meat, axis1=1, axis2=2)[:, None, None]
    meat = meat + (_RIDGE * trace + np.finfo(float).tiny) * np.eye(columns)
    solved = np.linalg.solve(meat, score[:, :, None])[:, :, 0]
    return np.asarray((score * solved).sum(axis=1))
