"""Words for models: versioned text templates with `$name` placeholders, and no logic."""
