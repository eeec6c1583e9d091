"""Networks that turn images into features or codes. Only this room imports PyTorch, and only once it is needed."""
