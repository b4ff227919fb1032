"""The command `volcengine-live`: what an account has, programs for it, what is wrong with a set-up, and the emulator."""
