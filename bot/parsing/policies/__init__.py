"""The policy file, `.github/ai-review.yml`: text into a `Policy`, and levels of such files on each other.

Its keys, their meanings and what they take stand once, in `keys`; the JSON Schema and the reference are made
of that. `yaml_tree` reads the text, `mistakes` puts what is wrong into words, `levels` lays files on each
other.

What is *not* here: from where and from which branch a file comes (bot.github), and what its words do.
"""

from bot.parsing.policies.files import PolicyText, mistakes_in, parse_policy, read_policy_text
from bot.parsing.policies.levels import Layer, lay
from bot.parsing.policies.yaml_tree import MAX_SIZE

__all__ = ["MAX_SIZE", "Layer", "PolicyText", "lay", "mistakes_in", "parse_policy", "read_policy_text"]
