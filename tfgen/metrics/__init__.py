"""What judges samples, bounds and latents."""

from tfgen.metrics.latents import ActiveUnits as ActiveUnits
