"""A stand-in for OpenAI's and Anthropic's APIs, on a real socket: `python -m sandbox.ai --port 9100`.

Base URLs: `http://127.0.0.1:9100/v1` for OpenAI and compatible servers, `http://127.0.0.1:9100` for Anthropic. It is
steered under `/sandbox/`: see `sandbox/ai/control.py`.
"""
