"""Figures of single measurements, and of several rounds of them."""
import math
import statistics

# The standard error of the median of n values is 1 / (2 sqrt(n) f), where f is their density at the median (Cramér,
# Mathematical Methods of Statistics, section 28.5). For a normal distribution that is sqrt(pi / 2) sigma / sqrt(n), or
# 1.2533 times the error of the mean. Its quartiles are 1.349 sigma apart, and 95 % of it lie within 1.96 sigma.
MEDIAN_ERROR = 1.2533
QUARTILES_APART = 1.349
CONFIDENCE_95 = 1.96


def consumers_of(result):
    return [consumer["side"] for consumer in result["consumers"]]


def faults_of(result):
    """Lost, doubled and torn frames of all consumers."""
    return {kind: sum(side[kind] for side in consumers_of(result))
            for kind in ("lost", "doubled", "torn")}


def rate_of(result):
    """Frames a second: of the slowest consumer."""
    return min(side["frames"] * 1e9 / max(side["elapsed_ns"], 1) for side in consumers_of(result))


def sent_rate_of(result):
    return result["producer"]["frames"] * 1e9 / max(result["producer"]["elapsed_ns"], 1)


def cpu_ms_of(result):
    """CPU time of all processes for 1,000 frames that were sent."""
    sides = [result["producer"]] + consumers_of(result)
    return sum(side["cpu_ns"] for side in sides) / 1e3 / max(result["producer"]["frames"], 1)


def resident_mib_of(result):
    sides = [result["producer"]] + consumers_of(result)
    return sum(side["resident_bytes"] for side in sides) / (1 << 20)


def spread(values):
    """The median of several rounds, with quartiles and bounds; None when there was no round."""
    if not values:
        return None
    q1, median, q3 = (statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1
                      else values * 3)
    figure = {"median": median, "q1": q1, "q3": q3, "min": min(values), "max": max(values)}
    if all(isinstance(value, int) for value in values) and all(v == int(v) for v in figure.values()):
        return {key: int(value) for key, value in figure.items()}
    return figure


def scaled(figure, divisor):
    return None if figure is None else {key: value / divisor for key, value in figure.items()}


def ratios(left, right):
    """Of two lists of rounds, within each round; a round that failed has None."""
    return [a / b for a, b in zip(left, right) if a is not None and b]


def rounds_needed(figure, bound):
    """How many rounds the 95 % confidence interval of the median would need to leave the bound out; None: it never
    does, because the median is the bound."""
    difference = abs(figure["median"] - bound)
    if difference == 0:
        return None
    sigma = (figure["q3"] - figure["q1"]) / QUARTILES_APART
    return max(1, math.ceil((CONFIDENCE_95 * MEDIAN_ERROR * sigma / difference) ** 2))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def percentiles(rounds):
    """Of the frames of all rounds, in microseconds, and how far the rounds are apart."""
    rounds = [values for values in rounds if values]
    values = [value for round_values in rounds for value in round_values]
    if not values:
        return None
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
    figures = {name: percentile(values, share) / 1e3 for name, share in shares.items()}
    figures["max"] = max(values) / 1e3
    figures["count"] = len(values)
    figures["rounds"] = {name: spread([percentile(r, shares[name]) / 1e3 for r in rounds])
                         for name in ("p50", "p99")}
    return figures
