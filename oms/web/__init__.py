"""Web: the back-office shell and the parts that every room's pages are made of.

Owns: layout, navigation, components, list pages, command palette, preferences, error pages.
Promises: every page works without JavaScript for its main acts and under one strict content policy.
Knows nothing of: orders, stock, channels. Rooms register what the shell shows of them.
"""
