# SPDX-License-Identifier: MIT
"""What a server would have in its prompt cache: prefixes, by the text before each breakpoint."""

import hashlib
import json

MINIMUM = 512  # tokens
BYTES = 4      # a token


def tokens(text):
    return len(text.encode()) // BYTES


class Cache:
    def __init__(self):
        self.known = set()

    def flatten(self, body):
        """Tools, system and messages in order: (text, whether a breakpoint stands behind it)."""
        for tool in body.get("tools", []):
            yield json.dumps(tool), "cache_control" in tool
        system = body.get("system", [])
        for block in system if isinstance(system, list) else [{"text": system}]:
            yield block["text"], "cache_control" in block
        for message in body["messages"]:
            content = message["content"]
            for block in content if isinstance(content, list) else [{"text": content}]:
                bare = {k: v for k, v in block.items() if k != "cache_control"}
                yield message["role"] + json.dumps(bare), "cache_control" in block

    def look(self, body):
        """Usage of a request, and the prefixes that are known once its answer begins."""
        text, total, read, write, new = "", 0, 0, 0, []
        for part, mark in self.flatten(body):
            text += part
            total = tokens(text)
            if not mark or total < MINIMUM:
                continue
            digest = hashlib.sha1(text.encode()).hexdigest()
            if digest in self.known:
                read = total
            else:
                write = total
            new.append(digest)
        write = max(write - read, 0)
        return {"input_tokens": total - read - write, "cache_read_input_tokens": read,
                "cache_creation_input_tokens": write}, new

    def learn(self, prefixes):
        self.known.update(prefixes)


def chat_usage(cache, body):
    """For Chat Completions: prefixes of whole messages, without breakpoints."""
    text, cached, new = "", 0, []
    for message in body["messages"]:
        text += json.dumps(message)
        digest = hashlib.sha1(text.encode()).hexdigest()
        if digest in cache.known and tokens(text) >= MINIMUM:
            cached = tokens(text)
        new.append(digest)
    return {"prompt_tokens": tokens(text), "prompt_tokens_details": {"cached_tokens": cached}}, new
