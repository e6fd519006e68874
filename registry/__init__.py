"""Registration: offices, matters and their examination, numbers, the register."""
