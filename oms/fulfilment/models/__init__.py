from oms.fulfilment.models.fulfilment import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.models.parcel import Parcel

__all__ = ["FulfilmentLine", "FulfilmentOrder", "Parcel"]
