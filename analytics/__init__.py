"""Analytics: how well the promise to customers is kept, and what asks for action now.

Owns: the home page and its figures.
Promises: every figure is a link to exactly the rows that it counts.
Knows nothing of: how those rows are changed. No room stands above it.
"""
