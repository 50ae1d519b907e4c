# SPDX-License-Identifier: MIT
"""Field rules of the two protocols, held as strictly as the strictest server holds them.

Each check returns None, or (status, error type, message, param).
"""

VERSIONS = {"2023-06-01", "2026-10-21"}
MESSAGES_FIELDS = {
    "model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking", "output_config",
    "stop_sequences", "stream", "metadata", "service_tier", "speed", "inference_geo", "cache_control",
}
CHAT_FIELDS = {
    "model", "messages", "max_tokens", "max_completion_tokens", "stop", "seed", "tools", "tool_choice",
    "parallel_tool_calls", "response_format", "reasoning_effort", "stream", "stream_options", "service_tier",
}
EFFORTS = {"low", "medium", "high", "xhigh", "max"}
NO_EFFORT = ("claude-haiku-4-5", "claude-sonnet-4-5", "claude-3")
ADAPTIVE_ONLY = ("claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-4-6")


class Bad(Exception):
    def __init__(self, message, status=400, kind="invalid_request_error", param=None):
        super().__init__(message)
        self.message, self.status, self.kind, self.param = message, status, kind, param


def need(condition, message, **more):
    if not condition:
        raise Bad(message, **more)


def check_schema(schema, strict):
    """Structured output: closed objects; in strict mode every property is required."""
    if isinstance(schema, list):
        for item in schema:
            check_schema(item, strict)
        return
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        need(schema.get("additionalProperties") is False, "schema: additionalProperties must be false")
        if strict:
            need(set(schema.get("required", [])) == set(schema.get("properties", {})),
                 "schema: all properties must be required in strict mode")
    need(not {"minimum", "maximum", "minLength", "maxLength"} & set(schema), "schema: limits are not supported")
    for value in schema.values():
        check_schema(value, strict)


def check_mark(block, marks):
    if "cache_control" in block:
        need(block["cache_control"].get("type") == "ephemeral", "cache_control.type")
        marks.append(block)


def check_text_block(block, marks):
    need(isinstance(block.get("text"), str) and block["text"] != "", "text content blocks must be non-empty")
    need(set(block) <= {"type", "text", "cache_control", "citations"}, "unknown field in a text block")
    check_mark(block, marks)


def check_block(block, role, marks):
    kind = block.get("type")
    if kind == "text":
        need(not (role == "user" and block.get("citations")), "citations in a user message")
        check_text_block(block, marks)
    elif kind == "tool_result":
        need(role == "user", "tool_result belongs to a user message")
        need(set(block) <= {"type", "tool_use_id", "content", "is_error", "cache_control"}, "tool_result field")
        check_mark(block, marks)
    elif kind == "tool_use":
        need(role == "assistant" and isinstance(block.get("input"), dict), "tool_use")
    else:
        need(role == "assistant" and kind in {"thinking", "redacted_thinking"}, f"block of type {kind!r}")


def check_messages(messages, marks):
    need(isinstance(messages, list) and messages, "messages: at least one")
    open_calls = set()
    for index, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        need(set(message) == {"role", "content"}, "a message has role and content")
        need(role == ("user", "assistant")[index % 2], "messages must alternate, beginning with user")
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        need(blocks, "content must not be empty")
        for block in blocks:
            check_block(block, role, marks)
        answered = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
        need(answered == open_calls, "each tool_use needs its tool_result in the next message")
        open_calls = {b["id"] for b in blocks if b["type"] == "tool_use"}
    need(messages[-1]["role"] == "user", "this model does not support assistant prefill")


def check_thinking(body):
    model, thinking = body["model"], body.get("thinking")
    if thinking is None:
        return
    need(thinking.get("type") == "adaptive" and model.startswith(ADAPTIVE_ONLY), "thinking is not supported")


def check_output(body):
    output = body.get("output_config", {})
    need(set(output) <= {"effort", "format"}, "output_config has an unknown field")
    if "effort" in output:
        need(output["effort"] in EFFORTS, "output_config.effort")
        need(not body["model"].startswith(NO_EFFORT), "this model does not support effort")
    if "format" in output:
        need(set(output["format"]) == {"type", "schema"} and output["format"]["type"] == "json_schema",
             "output_config.format")
        check_schema(output["format"]["schema"], strict=False)


def check_tools(body, marks):
    for tool in body.get("tools", []):
        need(set(tool) <= {"name", "description", "input_schema", "strict", "cache_control"}, "tool field")
        need(isinstance(tool.get("input_schema"), dict) and tool["input_schema"].get("type") == "object",
             "input_schema")
        check_mark(tool, marks)


def messages(headers, body, key):
    """POST /v1/messages."""
    given = [h for h in ("x-api-key", "authorization") if h in headers]
    need(len(given) < 2, "send x-api-key or authorization, and not both", status=401, kind="authentication_error")
    value = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
    need(key is None or value == key, f"invalid key {value}", status=401, kind="authentication_error")
    need(headers.get("anthropic-version") in VERSIONS, "anthropic-version")
    for field in ("temperature", "top_p", "top_k"):
        need(field not in body, f"{field} is not supported")
    need(set(body) <= MESSAGES_FIELDS, f"unknown field {sorted(set(body) - MESSAGES_FIELDS)}")
    need(isinstance(body.get("model"), str) and body["model"], "model")
    need(body["model"] != "missing", "model: missing", status=404, kind="not_found_error")
    need(isinstance(body.get("max_tokens"), int) and body["max_tokens"] > 0, "max_tokens")
    need("tool_choice" not in body, "tool_choice forces tool use")
    marks = []
    check_tools(body, marks)
    system = body.get("system", [])
    need(isinstance(system, (str, list)), "system")
    for block in system if isinstance(system, list) else []:
        check_text_block(block, marks)
    check_messages(body.get("messages"), marks)
    need(len(marks) <= 4, "a maximum of 4 blocks with cache_control may be provided")
    check_thinking(body)
    check_output(body)


def check_chat_messages(items):
    need(isinstance(items, list) and items, "messages: at least one")
    waiting = []
    for message in items:
        role = message.get("role")
        need(role in {"system", "developer", "user", "assistant", "tool"}, f"role {role!r}")
        if role == "tool":
            need(message.get("tool_call_id") in waiting, "tool message without its call")
            waiting.remove(message["tool_call_id"])
            continue
        need(not waiting, "tool_call_ids did not have response messages")
        calls = message.get("tool_calls", [])
        need(role == "assistant" or not calls, "tool_calls belong to the assistant")
        need(calls or isinstance(message.get("content"), str), "content")
        for call in calls:
            need(call.get("id") and call["type"] == "function" and isinstance(call["function"]["arguments"], str),
                 "tool_calls")
            waiting.append(call["id"])
    need(not waiting, "tool_call_ids did not have response messages")


def check_format(body):
    form = body.get("response_format")
    if form is None:
        return
    need(form.get("type") == "json_schema" and "schema" in form["json_schema"] and form["json_schema"].get("name"),
         "response_format")
    if form["json_schema"].get("strict"):
        check_schema(form["json_schema"]["schema"], strict=True)


def chat(headers, body, key, limit_field):
    """POST {base}/chat/completions."""
    need("x-api-key" not in headers, "x-api-key is not for this server")
    value = headers.get("authorization", "").removeprefix("Bearer ")
    need(key is None or value == key, f"Incorrect API key provided: {value}", status=401, kind="authentication_error")
    need(set(body) <= CHAT_FIELDS, f"unknown field {sorted(set(body) - CHAT_FIELDS)}")
    need(isinstance(body.get("model"), str) and body["model"], "model")
    other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[limit_field]
    need(other not in body, f"Unsupported parameter: '{other}'. Use '{limit_field}' instead.", param=other)
    need(isinstance(body.get(limit_field), int) and body[limit_field] > 0, limit_field)
    need("stream_options" not in body or body.get("stream") is True, "stream_options only with stream")
    for tool in body.get("tools", []):
        need(tool.get("type") == "function" and {"name", "parameters"} <= set(tool["function"]), "tools")
    check_format(body)
    check_chat_messages(body.get("messages"))
