"""The commands of `yinji`, one module for each kind of user."""
