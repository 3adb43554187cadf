"""What an algorithm sees: LEAN's classes under LEAN's names. Behavior lives in the rooms below."""
