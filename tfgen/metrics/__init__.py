"""What judges samples, bounds and latents."""

import lazy_loader

# Lazily, since models need one of these only and scikit-learn's and SciPy's imports take time.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "codebook": ["CodebookPerplexity", "CodebookUsage"],
        "comparison": ["compare", "real_floor"],
        "features": ["FeatureExtractor", "feature_batches", "inception_features", "mnist_features"],
        "frechet": ["Moments", "frechet_distance", "moments"],
        "inception": ["inception_score"],
        "kernel": ["kernel_distance"],
        "latents": ["ActiveUnits"],
        "mixtures": ["grid_centres", "mixture_modes", "ring_centres"],
        "modes": ["mode_coverage", "stacked_modes"],
        "neighbours": ["density_coverage", "precision_recall"],
    },
)
