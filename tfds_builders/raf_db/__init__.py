"""RAF-DB: faces of the web in basic and compound emotions, with gender and age."""
