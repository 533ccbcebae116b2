"""`ai-review policy backtest`: which comments of the past would appear or vanish under a changed policy.

`pulls` and `files` read what is recorded, `comparing` lays the policy on it. No model is ever asked.

What is *not* here: a finding under another policy (workers.review.replaying), and words (bot.rendering).
"""
