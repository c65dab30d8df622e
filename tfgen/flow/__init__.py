"""Flow matching: models that carry noise to data along a learned velocity."""

from tfgen.flow.flow_matching import FlowMatching
from tfgen.flow.mean_flow import MeanFlow

__all__ = ["FlowMatching", "MeanFlow"]
