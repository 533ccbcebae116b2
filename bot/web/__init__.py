"""The receiver: what GitHub and operators reach over HTTP.

It holds the webhook secret and a way to the queue, no GitHub key; it never imports the GitHub client.
"""
