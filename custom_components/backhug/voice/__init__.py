"""Voice assistants: targeting, responses, and the sentence files of Assist."""
