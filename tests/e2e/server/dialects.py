# SPDX-License-Identifier: MIT
"""Replies of a script in the form of each protocol: a list of stream events, or one JSON answer."""

import json


def pieces(text, size):
    return [text[i:i + size] for i in range(0, len(text), size)]


def event(name, **fields):
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields}, ensure_ascii=False)}\n\n"


class Messages:
    """The Messages API."""

    def __init__(self, body, reply, usage):
        self.body, self.reply, self.usage = body, reply, usage

    def blocks(self):
        out = []
        if "thinking" in self.reply:
            out.append({"type": "thinking", "thinking": self.reply["thinking"], "signature": "sig"})
        if "text" in self.reply:
            out.append({"type": "text", "text": self.reply["text"]})
        for n, call in enumerate(self.reply.get("tools", [])):
            out.append({"type": "tool_use", "id": f"toolu_{n}", **call})
        return out + self.reply.get("blocks", [])

    def stop(self):
        return self.reply.get("stop", "tool_use" if self.reply.get("tools") else "end_turn")

    def deltas(self, block, size):
        if block["type"] == "text":
            return [{"type": "text_delta", "text": p} for p in pieces(block["text"], size)]
        if block["type"] == "thinking":
            out = [{"type": "thinking_delta", "thinking": p} for p in pieces(block["thinking"], size)]
            return out + [{"type": "signature_delta", "signature": block["signature"]}]
        if block["type"] == "tool_use":
            text = block.get("text", json.dumps(block["input"])) if block["input"] else ""
            return [{"type": "input_json_delta", "partial_json": p} for p in pieces(text, size)]
        return []

    def start(self, block):
        empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
        return {**block, **empty.get(block["type"], {})}

    def events(self, size):
        usage = {**self.usage, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": self.body["model"], "content": [],
                   "stop_reason": None, "stop_sequence": None, "usage": usage}
        out = [event("message_start", message=message), event("ping")]
        for index, block in enumerate(self.blocks()):
            out.append(event("content_block_start", index=index, content_block=self.start(block)))
            for delta in self.deltas(block, size):
                out.append(event("content_block_delta", index=index, delta=delta))
            out.append(event("content_block_stop", index=index))
        delta = {"stop_reason": self.stop(), "stop_sequence": None}
        if "stop_details" in self.reply:
            delta["stop_details"] = self.reply["stop_details"]
        out.append(event("message_delta", delta=delta, usage={"output_tokens": self.usage["output_tokens"]}))
        out.append(event("a_new_event", anything=1))
        return out + [event("message_stop")]

    def whole(self):
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": self.body["model"],
                "content": self.blocks(), "stop_reason": self.stop(), "usage": self.usage}

    keep_alive = event("ping")

    @staticmethod
    def error_event(error):
        return event("error", error=error)

    @staticmethod
    def error_body(kind, message, _param):
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


class Chat:
    """Chat Completions."""

    def __init__(self, body, reply, usage):
        self.body, self.reply, self.usage = body, reply, usage

    def finish(self):
        return self.reply.get("stop", "tool_calls" if self.reply.get("tools") else "stop")

    def calls(self):
        for n, call in enumerate(self.reply.get("tools", [])):
            yield n, call, call.get("text", json.dumps(call["input"]) if call["input"] else "")

    def chunk(self, delta=None, finish=None, **more):
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        fields = {"id": "c1", "object": "chat.completion.chunk", "model": self.body["model"], "choices": choices,
                  "obfuscation": "xyz", **more}
        return f"data: {json.dumps(fields, ensure_ascii=False)}\n\n"

    def events(self, size):
        reasoning = self.reply.get("reasoning_field", "reasoning_content")
        out = [self.chunk({"role": "assistant", "content": ""})]
        out += [self.chunk({reasoning: p}) for p in pieces(self.reply.get("thinking", ""), size)]
        out += [self.chunk({"content": p}) for p in pieces(self.reply.get("text", ""), size)]
        out += [self.chunk({"refusal": p}) for p in pieces(self.reply.get("refusal", ""), size)]
        for n, call, text in self.calls():
            first = {"index": n, "type": "function", "function": {"name": call["name"], "arguments": ""}}
            if not self.reply.get("no_ids"):
                first["id"] = f"call_{n}"
            out.append(self.chunk({"tool_calls": [first]}))
            out += [self.chunk({"tool_calls": [{"index": n, "function": {"arguments": p}}]})
                    for p in pieces(text, size)]
        out.append(self.chunk({}, self.finish()))
        if self.body.get("stream_options", {}).get("include_usage") and not self.reply.get("no_usage"):
            out.append(self.chunk(usage=self.usage))
        return out + ["data: [DONE]\n\n"]

    def whole(self):
        message = {"role": "assistant", "content": self.reply.get("content", self.reply.get("text")),
                   "refusal": self.reply.get("refusal")}
        if self.reply.get("tools"):
            message["tool_calls"] = [{"id": f"call_{n}", "type": "function",
                                      "function": {"name": call["name"], "arguments": call["input"]}}
                                     for n, call, _ in self.calls()]
        out = {"id": "c1", "object": "chat.completion", "model": self.body["model"], "usage": self.usage,
               "choices": [{"index": 0, "message": message, "finish_reason": self.finish()}]}
        if self.reply.get("no_usage"):
            del out["usage"]
        return out

    keep_alive = ": PROCESSING\n\n"

    @staticmethod
    def error_event(error):
        return f"data: {json.dumps({'error': error})}\n\n"

    @staticmethod
    def error_body(kind, message, param):
        return {"error": {"type": kind, "message": message, "param": param, "code": None}}
