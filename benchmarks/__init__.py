"""What a message costs, as ratios to floors that are measured in the same run: `bin/bench`, docs/performance.md.

One file a measurement; each starts what it needs on the `Ground`, and returns rows of the table.
"""
