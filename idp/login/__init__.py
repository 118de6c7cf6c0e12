"""The sign-in journey: login, « Qui êtes-vous ? », account, logout."""
