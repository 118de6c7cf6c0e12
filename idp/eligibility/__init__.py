"""Who may enter: the question, the verdict, its providers, the pushes."""
