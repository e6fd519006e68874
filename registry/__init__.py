"""Registration: offices, applications, examination, the register. Nothing is built here yet."""
