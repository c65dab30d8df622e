"""A page of what each unit of a latent space does, and which factor it follows."""

import numpy as np

_COLUMNS = 9
_HEADLINES = {
    "InfoM": "modularity: each unit tells of one factor (1 is best)",
    "InfoC": "compactness: each factor is told by one unit (1 is best)",
    "InfoE": "explicitness: factors can be read off by a linear model (1 is best)",
    "MIG": "mutual information gap (1 is best)",
    "SAP": "separated attribute predictability (1 is best)",
    "DCI_disentanglement": "DCI disentanglement (1 is best)",
    "DCI_completeness": "DCI completeness (1 is best)",
    "DCI_informativeness": "DCI informativeness: accuracy of bagged trees (1 is best)",
    "FactorVAE_score": "FactorVAE score (1 is best)",
    "active_latents": "units that vary",
    "mse": "mean squared error of reconstructions, pixels in [0, 1]",
    "distortion": "distortion, nats per image",
    "rate": "rate, nats per image",
}


def factors_page(model, evidence, judged):
    """Return the page as HTML that needs no other file.

    Args:
        model: with `latents`, and a `VAE` or a `VQVAE` of single vectors.
        evidence: see `tfgen.recipes.judging`.
        judged: what `judge_factors` found.
    """
    from tfgen import plots

    names, kind = list(evidence.source.spec.factors), evidence.source.spec.kind
    information, nats = np.array(judged["information"]), judged["nats_per_unit"]
    codes = model.latents(evidence.test, verbose=0)
    units = np.argsort(nats)[::-1]
    rows = [f"z{i}: {nats[i]:.2f} nats{_followed(information[i], names)}" for i in units]
    numbers = {said: judged[name] for name, said in _HEADLINES.items() if name in judged}
    examples = np.concatenate([*evidence.test.take(1).as_numpy_iterator()])[:10]
    share = "the share of a factor's entropy that a unit tells"
    return plots.page(
        f"{type(model).__name__} on {evidence.source.name}",
        [
            ("What was measured", numbers),
            (f"Which unit follows which factor: {share}",
             plots.heat_map(information[units], [f"z{i}" for i in units], names)),
            ("What each unit does: the one image, changed unit by unit",
             kind.walks(_walks(model, codes, units), rows, [""] * _COLUMNS)),
            ("Test images, above what is made of their latents",
             kind.pairs(examples, model.reconstruct(examples))),
        ],
    )  # fmt: skip


def _followed(row, names):
    return f", {names[np.argmax(row)]}" if row.max() >= 0.05 else ""


def _walks(model, codes, units):
    """Examples `[units, columns, ...]` around that of which all latents are in the middle."""
    ranked = np.abs(codes - np.median(codes, axis=0)).sum(axis=1)
    start = codes[np.argmin(ranked)]
    latents = np.tile(start, (len(units), _COLUMNS, 1))
    for row, unit in enumerate(units):
        latents[row, :, unit] = _stops(codes[:, unit], start[unit])
    flat = latents.reshape(-1, len(start))
    indices = codes.dtype.kind == "i"
    examples = np.asarray(model.decode_latents(flat) if indices else model.decode_examples(flat))
    return examples.reshape(*latents.shape[:2], *examples.shape[1:])


def _stops(code, start):
    """Where a unit stops: from its lowest usual value to its highest."""
    if code.dtype.kind == "i":
        values = np.unique(code)
        return values[np.linspace(0, len(values) - 1, _COLUMNS).round().astype(int)]
    return np.linspace(*np.quantile(code, [0.01, 0.99]), _COLUMNS)
