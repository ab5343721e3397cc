"""Events: what happened, in order, and the certainty that those who must react do so once.

Owns: Event (the log and every order's timeline), Delivery (the outbox), StreamPosition.
Promises: an event exists if and only if its change was committed; each subscriber's effect happens exactly once.
Knows nothing of: what the kinds mean. Rooms name their kinds in their own `events` module.
"""
