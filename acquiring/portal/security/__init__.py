"""How people sign in: two steps, passkeys, devices, and being asked once more."""
