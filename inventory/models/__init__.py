from inventory.models.catalogue import Sku
from inventory.models.location import Location
from inventory.models.reservation import Reservation
from inventory.models.stock import StockLevel, StockMovement
from inventory.models.view import StockView

__all__ = ["Location", "Reservation", "Sku", "StockLevel", "StockMovement", "StockView"]
