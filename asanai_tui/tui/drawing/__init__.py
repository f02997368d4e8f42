"""Pictures of networks out of characters. Nothing here knows a screen."""
