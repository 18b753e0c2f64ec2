"""The consultant: a conversation that fills in the questionnaire of the consultation."""
