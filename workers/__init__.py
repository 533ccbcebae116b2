"""workers think: the review engine, its models and analysers, and the processes that run it."""
