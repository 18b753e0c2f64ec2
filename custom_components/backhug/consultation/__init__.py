"""The guided consultation: from a questionnaire to a programme and a plan."""
