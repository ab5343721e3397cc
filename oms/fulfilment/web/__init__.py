"""The store app: the work of one location on a phone, from the queue to the parcel or the customer."""
