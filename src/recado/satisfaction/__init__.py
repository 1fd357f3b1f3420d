"""What people think of how they were served: asked once a matter, after it is resolved."""
