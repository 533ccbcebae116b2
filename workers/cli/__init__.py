"""`ai-review`: one file per command. `main` has the options of all, and loads a command when it is called."""
