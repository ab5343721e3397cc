"""Every GraphQL document the connector sends."""

SHOP = """
query Shop {
  shop { name currencyCode ianaTimezone myshopifyDomain }
  locations(first: 50) { nodes { id name isActive } }
  currentAppInstallation { accessScopes { handle } }
}
"""

LOCATIONS = """
query Locations { locations(first: 50) { nodes { id name isActive } } }
"""

CHANGED_ORDERS = """
query ChangedOrders($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id updatedAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""

_LINE = """
fragment Line on LineItem {
  id sku name quantity currentQuantity unfulfilledQuantity requiresShipping
  originalUnitPriceSet { shopMoney { amount } }
  discountAllocations { allocatedAmountSet { shopMoney { amount } } }
  taxLines { title ratePercentage channelLiable priceSet { shopMoney { amount } } }
  variant { id barcode }
  product { id }
  customAttributes { key value }
}
"""

_ADDRESS = """
fragment Address on MailingAddress {
  name firstName lastName company address1 address2 zip city province provinceCode countryCodeV2 phone
}
"""

ORDERS = (
    """
query Orders($ids: [ID!]!, $lines: Int!) {
  nodes(ids: $ids) { ... on Order { ...Order } }
}
fragment Order on Order {
  id legacyResourceId name createdAt processedAt updatedAt cancelledAt cancelReason test edited
  currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus displayFulfillmentStatus
  email phone note tags poNumber customerLocale discountCodes paymentGatewayNames requiresShipping sourceName
  customAttributes { key value }
  totalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } }
  totalTaxSet { shopMoney { amount } }
  totalTipReceivedSet { shopMoney { amount } }
  totalRefundedSet { shopMoney { amount } }
  originalTotalDutiesSet { shopMoney { amount } }
  additionalFees { id name price { shopMoney { amount } } taxLines { priceSet { shopMoney { amount } } } }
  customer {
    id firstName lastName displayName
    defaultEmailAddress { emailAddress }
    defaultPhoneNumber { phoneNumber }
  }
  purchasingEntity { ... on PurchasingCompany { company { id name } } }
  billingAddress { ...Address }
  shippingAddress { ...Address }
  transactions(first: 10) { kind status gateway processedAt paymentId }
  shippingLines(first: 5) {
    nodes {
      id title code
      discountedPriceSet { shopMoney { amount } }
      taxLines { title ratePercentage channelLiable priceSet { shopMoney { amount } } }
    }
  }
  fulfillmentOrders(first: 10) {
    nodes {
      id status requestStatus fulfillBy
      assignedLocation { name location { id } }
      deliveryMethod { methodType presentedName minDeliveryDateTime maxDeliveryDateTime }
    }
  }
  lineItems(first: $lines) { nodes { ...Line } pageInfo { hasNextPage endCursor } }
}
"""
    + _LINE
    + _ADDRESS
)

MORE_LINES = (
    """
query MoreLines($id: ID!, $lines: Int!, $after: String) {
  order(id: $id) { lineItems(first: $lines, after: $after) { nodes { ...Line } pageInfo { hasNextPage endCursor } } }
}
"""
    + _LINE
)

PARCELS = """
query Parcels($id: ID!) {
  order(id: $id) { id cancelledAt fulfillments(first: 100) { id status trackingInfo(first: 10) { number } } }
}
"""

PARCEL_LINES = """
query ParcelLines($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on Fulfillment {
      fulfillmentLineItems(first: $first, after: $after) {
        nodes { quantity lineItem { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""

WORK = """
query Work($id: ID!) {
  order(id: $id) {
    id cancelledAt
    fulfillmentOrders(first: 50) {
      nodes { id status assignedLocation { location { id } } deliveryMethod { methodType } }
    }
  }
}
"""

WORK_LINES = """
query WorkLines($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on FulfillmentOrder {
      lineItems(first: $first, after: $after) {
        nodes { id totalQuantity remainingQuantity lineItem { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""

SHIP = """
mutation Ship($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status } userErrors { field message } }
}
"""

MOVE = """
mutation Move($id: ID!, $location: ID!, $lines: [FulfillmentOrderLineItemInput!]) {
  fulfillmentOrderMove(id: $id, newLocationId: $location, fulfillmentOrderLineItems: $lines) {
    movedFulfillmentOrder { id }
    userErrors { field message }
  }
}
"""

READY = """
mutation Ready($input: FulfillmentOrderLineItemsPreparedForPickupInput!) {
  fulfillmentOrderLineItemsPreparedForPickup(input: $input) { userErrors { code field message } }
}
"""

CANCEL = """
mutation Cancel($id: ID!, $reason: OrderCancelReason!, $note: String, $notify: Boolean) {
  orderCancel(
    orderId: $id, reason: $reason, restock: false, staffNote: $note, notifyCustomer: $notify,
    refundMethod: { originalPaymentMethodsRefund: false }
  ) {
    job { id done }
    orderCancelUserErrors { code field message }
  }
}
"""

CANCELLED = """
query Cancelled($id: ID!) { order(id: $id) { id cancelledAt displayFulfillmentStatus } }
"""

REFUNDS = """
query Refunds($id: ID!) {
  order(id: $id) {
    id
    refunds(first: 100) { id note }
    transactions(first: 20) { id kind status gateway amountSet { shopMoney { amount } } }
  }
}
"""

REFUND = """
mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) { refund { id } userErrors { field message } }
}
"""

VARIANTS = """
query Variants($first: Int!, $after: String) {
  productVariants(first: $first, after: $after, sortKey: ID) {
    nodes { id sku barcode displayName product { id } inventoryItem { id tracked } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

STOCK = """
query Stock($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem {
      id tracked
      inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } }
    }
  }
}
"""

SET_STOCK = """
mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}
"""

ALL = {
    name: text for name, text in list(globals().items()) if name[0] != "_" and name.isupper() and isinstance(text, str)
}
