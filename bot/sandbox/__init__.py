"""GitHub in miniature, for the demo and the tests: its state *is* GitHub.

Start at `sandbox.Sandbox`. Real git repositories hold the code, the API checks who asks and where a
comment may stand, signed webhooks go out, and a pull request can be looked at as a web page.

What is *not* here: anything of the bot. This package imports nothing else of ours, so that it can judge us.
"""
