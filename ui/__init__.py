"""The faces of Sightline: command line (`cli`), console output (`console`), HTML report (`report`), demo (`demo`).

They show what the agent did and add no behaviour of their own. Nothing heavy is imported before a command needs it.
"""
