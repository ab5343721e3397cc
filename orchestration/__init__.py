"""Orchestration: where each unit is prepared, and why.

Owns: RulesetVersion, RoutingDecision, Exclusion; the sourcing engine.
Promises: the engine is a pure function; every decision is stored with all that it saw; what is planned is reserved.
Knows nothing of: how a channel is connected. Orders arrive as `NewOrder`, work leaves as `Work`.
"""
