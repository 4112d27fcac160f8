#!/usr/bin/env python3
"""Writes statistics.txt beside this script: what SciPy, or arithmetic done
another way than in src/stats, makes of a few sets of numbers.

usage: python3 tests/golden/make_statistics.py   (wants scipy, numpy)

A line is a name, arguments, a colon and results, separated by spaces. A test set's "values" are
accuracies of a few seeds, or differences of such.
"""
import pathlib
import sys

import numpy as np
from scipy import optimize, stats

sys.stdout = open(pathlib.Path(__file__).parent / "statistics.txt", "w")
print("# Written by tests/golden/make_statistics.py with SciPy; see there. Do not edit.")


def line(name, arguments, results):
    print(name, *("%.15g" % a for a in arguments), ":", *("%.15g" % r for r in results))


for p in (1e-12, .001, .025, .2, .5, .841, .975, 1 - 1e-9):
    line("normal", [p], [stats.norm.ppf(p)])
for freedom in (1, 2, 3, 4, 5, 9, 10, 29, 200, 1001):
    for p in (.025, .3, .9, .975, .9999):
        line("t", [p, freedom], [stats.t.ppf(p, freedom)])
for correct, count in ((0, 10), (10, 10), (1, 10), (8805, 10000), (9847, 10000), (1137, 10000), (3, 7)):
    low, high = stats.binomtest(correct, count).proportion_ci(.95, "wilson")
    line("wilson", [correct, count], [low, high])

SETS = [
    [.011, .014],
    [.9847, .9851, .9839, .9855, .9848, .9843],
    [.012, .004, -.001, .009, .0155, .003],
    [.012, .012, -.012, .012, .012, .012, -.003],
    [-.02, .001, .0, .0, .0013, .0044, -.0021, .031],
    [.1057, .1023, .1126, .101, .1344, .0771, .12, .097, .115, .108, .093, .111],
]
for values in SETS:
    v = np.array(values)
    low, high = stats.t.interval(.95, len(v) - 1, loc=v.mean(), scale=stats.sem(v))
    line("mean", values, [v.mean(), v.std(ddof=1), low, high])
    # every combination of signs, as SciPy counts them
    p = stats.permutation_test((v,), lambda x, axis: x.mean(axis=axis), permutation_type="samples",
                               n_resamples=np.inf, vectorized=True).pvalue
    line("sign_flip", values, [p])
    if len(values) > 2:
        bca = stats.bootstrap((v,), np.mean, n_resamples=300000, method="BCa", batch=20000,
                              random_state=np.random.default_rng(7)).confidence_interval
        line("bootstrap", values, [bca.low, bca.high])

for ps in ([.01, .04, .03], [.5, .9, .02, .02], [.001], [.03125, .03125, .0625, .4375, 1., .2]):
    order = np.argsort(ps)
    # Holm's own wording: reject while p(k) <= alpha / (m - k + 1); the least alpha that rejects k
    m, adjusted = len(ps), [0] * len(ps)
    for k, i in enumerate(order):
        adjusted[i] = min(1, max((m - j) * ps[order[j]] for j in range(k + 1)))
    line("holm", ps, adjusted)

# The nearest curve that never rises, found by a general minimiser; then the crossing by hand.
CURVES = [
    ([0, .1, .5, 1, 2, 4], [.9847, .9768, .919, .7527, .4007, .1908], .1),
    ([0, .1, .5, 1, 2, 4], [.879, .8745, .8065, .6517, .2663, .1137], .1135),
    ([0, .1, .5, 1, 2, 4], [.9, .5, .6, .47, .55, .2], .1),
]
for scales, accuracies, chance in CURVES:
    n = len(scales)
    fit = optimize.minimize(lambda y: ((y - accuracies) ** 2).sum(), np.sort(accuracies)[::-1],
                            constraints=[{"type": "ineq", "fun": lambda y, i=i: y[i] - y[i + 1]}
                                         for i in range(n - 1)], method="SLSQP",
                            options={"ftol": 1e-15, "maxiter": 1000}).x
    level = chance + (fit[0] - chance) / 2
    log_sigma = np.interp(level, fit[::-1], np.log(np.maximum(scales, 1e-9))[::-1])
    area = np.trapezoid(accuracies[1:], np.log(scales[1:])) / np.log(scales[-1] / scales[1])
    line("curve", [chance, *scales, *accuracies], [np.exp(log_sigma), area])

rng = np.random.default_rng(11)
for n in (2, 5, 8, 15):
    values = np.round(np.linspace(1, .4, n) + rng.normal(0, .1, n), 3)
    slope = stats.theilslopes(values)[0]
    # the number of rising pairs less the falling ones, from Kendall's tau; no ties
    s = stats.kendalltau(np.arange(n), values).statistic * n * (n - 1) / 2
    z = (s - np.sign(s)) / np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    line("trend", values, [slope, z])
