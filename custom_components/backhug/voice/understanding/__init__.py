"""Understanding of sentences that no template matches, by their words.

It is no language model: words are mapped to concepts by patterns (`sentences/*/words.yaml`), and rules decide by the
concepts. Whatever they do not decide is declined. The package knows nothing of Home Assistant.
"""
