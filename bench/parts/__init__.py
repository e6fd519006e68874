"""Programs of ours that a row starts beside itself, or instead of a part of the stack."""
