"""Parts and boards: profiles, and what their memories take."""
