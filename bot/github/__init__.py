"""GitHub's words and ours: events that come in, and calls that go out.

`bot.github.events` reads webhooks and is used by the receiver, which must not load the GitHub client: so this
package imports nothing by itself. The other modules are the only users of githubkit.
"""
