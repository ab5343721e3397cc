"""The words of orchestration."""

from enum import StrEnum


class Method(StrEnum):
    """How the customer receives the order."""

    DELIVERY = "DELIVERY"
    CLICK_AND_COLLECT = "CLICK_AND_COLLECT"
    RESERVE_AND_COLLECT = "RESERVE_AND_COLLECT"
    SHIP_TO_STORE = "SHIP_TO_STORE"


COLLECTED_ON_SITE = frozenset({Method.CLICK_AND_COLLECT, Method.RESERVE_AND_COLLECT})


class CustomerKind(StrEnum):
    B2C = "B2C"
    B2B = "B2B"


class LocationKind(StrEnum):
    STORE = "STORE"
    WAREHOUSE = "WAREHOUSE"
    THREE_PL = "THREE_PL"
    SUPPLIER = "SUPPLIER"
    VIRTUAL = "VIRTUAL"


class FilterKind(StrEnum):
    """What a location must satisfy to be a candidate."""

    SERVICE = "service"
    ACTIVE = "active"
    STOCK_VIEW = "stock_view"
    STOCK = "stock"
    STOCK_AGE = "stock_age"
    CONFIDENCE = "confidence"
    NOT_REFUSED = "not_refused"
    OPENING = "opening"
    CAPACITY = "capacity"
    MAX_DISTANCE = "max_distance"
    GROUP = "group"
    LEGAL_ENTITY = "legal_entity"
    COUNTRY = "country"


class StockScope(StrEnum):
    """How much of the order a candidate must hold."""

    WHOLE = "whole"
    PARTIAL = "partial"


class CriterionKind(StrEnum):
    """What ranks the candidates."""

    FEWEST_PARCELS = "fewest_parcels"
    DISTANCE = "distance"
    PRIORITY = "priority"
    PARCEL_COST = "parcel_cost"
    STOCK_DEPTH = "stock_depth"
    CONFIDENCE = "confidence"
    REMAINING_CAPACITY = "remaining_capacity"


class AfterAction(StrEnum):
    """What becomes of the units that a rule could not place."""

    NEXT_RULE = "next_rule"
    PARK = "park"
    BACKORDER = "backorder"
    CANCEL = "cancel"


class ParkReason(StrEnum):
    """Why units have no location."""

    NO_RULESET = "no_ruleset"
    NO_RULE = "no_rule"
    NO_LOCATION = "no_location"
    NO_STOCK = "no_stock"
    STOCK_UNKNOWN = "stock_unknown"
    STOCK_TOO_OLD = "stock_too_old"
    STOCK_DOUBTFUL = "stock_doubtful"
    NOT_IN_VIEW = "not_in_view"
    NO_SERVICE = "no_service"
    ALL_REFUSED = "all_refused"
    CLOSED = "closed"
    CAPACITY = "capacity"
    TOO_FAR = "too_far"
    OUT_OF_SCOPE = "out_of_scope"
    SPLIT_LIMIT = "split_limit"
    SPLIT_TOO_DEAR = "split_too_dear"
    KEPT_TOGETHER = "kept_together"


class Outcome(StrEnum):
    """What a decision made of a candidate."""

    CHOSEN = "chosen"
    ELIGIBLE = "eligible"
    REJECTED = "rejected"
