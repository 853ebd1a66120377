"""The hierarchical logistic regression: known answers, plain iteration, and full likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, sparse, special

from openp4p.measures import hierarchical_logit as logit


def drawn(seed: int, practices: int, outcomes: int, spread: float) -> logit.Data:
    """Outcomes of practices whose log-odds differ with this standard deviation."""
    draw = np.random.default_rng(seed)
    practice = np.sort(draw.integers(0, practices, outcomes))
    practice[:practices] = np.arange(practices)
    practice.sort()
    design = np.column_stack(
        [draw.normal(size=outcomes), np.ones(outcomes), draw.random((outcomes, 4)) < 0.2]
    )
    truth = np.array([0.3, -1.8, 0.4, -0.3, 0.6, 0.0])
    effects = draw.normal(size=practices) * spread
    chance = special.expit(design @ truth + effects[practice])
    happened = (draw.random(outcomes) < chance).astype(float)
    return logit.Data(sparse.csr_matrix(design), happened, practice, practices, 100.0)


@pytest.mark.parametrize(
    ("stays", "readmitted", "ratio"),
    [(250, 50, 1.192752684), (1000, 200, 1.283225056), (60, 12, 1.080014137),
     (250, 25, 0.819903682)],
)  # fmt: skip
def test_the_worked_example_of_a_practices_effect(stays, readmitted, ratio):
    linear = np.full(stays, special.logit(0.15))
    happened = np.zeros(stays)
    happened[:readmitted] = 1.0
    (effect,) = logit.effects_of(linear, happened, np.zeros(stays, dtype=int), 1, 0.04)
    predicted = special.expit(linear + effect).sum()
    assert predicted / (0.15 * stays) == pytest.approx(ratio, abs=5e-10)
    if (stays, readmitted) == (250, 50):
        assert (effect, predicted) == (pytest.approx(0.210870974), pytest.approx(44.728226))


def test_the_fit_is_where_the_three_steps_in_turn_come_to():
    data = drawn(1, practices=120, outcomes=8000, spread=0.4)
    fit = logit.fitted(data, 1e-6)
    coefficients, effects, variance = np.zeros(6), np.zeros(120), 0.1
    for _ in range(1000):
        before = variance
        chance = special.expit(data.linear(coefficients) + effects[data.practice])
        bend = data.design.T @ data.design.multiply((chance * (1 - chance))[:, None])
        slope = data.design.T @ (data.outcomes - chance) - coefficients / 100.0
        coefficients = coefficients + np.linalg.solve(bend.toarray() + np.eye(6) / 100.0, slope)
        chance = special.expit(data.linear(coefficients) + effects[data.practice])
        least = data.summed(chance * (1 - chance)) + 1.0 / variance
        effects = effects + (data.summed(data.outcomes - chance) - effects / variance) / least
        variance = float(np.mean(effects**2 + 1.0 / least))
        if abs(variance - before) < 1e-13:
            break
    assert fit.variance == pytest.approx(variance, rel=1e-7)
    assert fit.coefficients == pytest.approx(coefficients, abs=1e-7)
    assert fit.effects == pytest.approx(effects, abs=1e-7)


def test_practices_that_do_not_differ_have_no_effect():
    data = drawn(3, practices=40, outcomes=3000, spread=0.0)
    fit = logit.fitted(data, 1e-6)
    assert fit.variance == 0.0
    assert not fit.effects.any()
    assert fit.coefficients == pytest.approx(logit.without_effects(data).coefficients)


def test_outcomes_that_never_happen_still_have_an_estimate():
    data = drawn(2, practices=10, outcomes=200, spread=0.3)
    never = logit.Data(data.design, np.zeros(200), data.practice, 10, 100.0)
    for fit in (logit.fitted(never, 1e-6), logit.fully_fitted(never, 1e-6)):
        assert fit.variance == 0.0
        assert np.isfinite(fit.coefficients).all()
        assert special.expit(never.linear(fit.coefficients)).max() < 0.05


def test_the_marginal_likelihood_is_the_integral_over_effects():
    data = drawn(5, practices=6, outcomes=90, spread=0.8)
    parameters = np.array([0.2, -1.5, 0.3, 0.0, 0.4, 0.1, np.log(0.7)])
    value, slope = logit._marginal(parameters, data)
    linear, spread = data.linear(parameters[:-1]), 0.7
    total = 0.0
    for number in range(6):
        mine = data.practice == number

        def likelihood(effect: float, mine: np.ndarray = mine) -> float:
            log_odds = linear[mine] + effect
            logs = data.outcomes[mine] @ log_odds - np.logaddexp(0.0, log_odds).sum()
            return float(np.exp(logs - effect**2 / (2 * spread**2))) / (spread * np.sqrt(2 * np.pi))

        total += np.log(integrate.quad(likelihood, -8.0, 8.0, epsabs=0, epsrel=1e-10)[0])
    total -= parameters[:-1] @ parameters[:-1] / 200.0
    # the constant parts that no parameter changes are left out
    constant = 6 * (np.log(np.sqrt(2.0)) - np.log(np.sqrt(2 * np.pi)))
    assert -value * 90 + constant == pytest.approx(total, abs=1e-6)
    for place in range(len(parameters)):
        step = np.zeros(len(parameters))
        step[place] = 1e-5
        above, below = (logit._marginal(parameters + s, data)[0] for s in (step, -step))
        assert slope[place] == pytest.approx((above - below) / 2e-5, abs=1e-6)


def test_the_quick_fit_agrees_with_full_likelihood_to_about_one_percent():
    data = drawn(7, practices=300, outcomes=30_000, spread=0.25)
    ratios = []
    for fit in (logit.fitted(data, 1e-6), logit.fully_fitted(data, 1e-6)):
        assert fit.variance == pytest.approx(0.25**2, rel=0.3)
        linear = data.linear(fit.coefficients)
        predicted = data.summed(special.expit(linear + fit.effects[data.practice]))
        ratios.append(predicted / data.summed(special.expit(linear)))
    assert np.abs(ratios[0] / ratios[1] - 1.0).max() < 0.012
