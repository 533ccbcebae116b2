"""Model back ends behind the port `workers.ports.Model`.

What is *not* here: prompts (prompts/, workers.review.prompting) and
what answers mean (workers.review.reading).
"""
