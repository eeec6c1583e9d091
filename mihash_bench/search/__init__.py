"""What the codes of finished runs give in real search engines, and what rebuilding their indexes costs."""
