"""JupyterHub as the caretaker of several desks: it starts them, watches them, starts them again.

People never meet it. They sign in at their desk, which knows nothing of the hub; whoever runs the
machine signs in at the hub, by the same accounts, and can do there what the hub is for.
"""
