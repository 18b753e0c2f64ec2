"""Tests of the tools for language models: over Home Assistant's own API, and over its MCP server with the real client."""
