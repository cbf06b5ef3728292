import type { Json } from "@gatehouse/core/json.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";

const begin = Date.UTC(2026, 10, 20, 12);
const turnMilliseconds = 20_000;

interface Message {
  readonly role: string;
  readonly parts: readonly Json[];
}

/** How large a session is. */
export interface SessionSize {
  readonly turns: number;
  /** In each turn; two if absent. */
  readonly calls?: number;
  /** How many messages a model is told again; 40 if absent, as Strands has it. */
  readonly messagesKept?: number;
}

/** When the last of a session's turns began, in milliseconds since 1970. */
export function lastActivityOf({ turns }: SessionSize): number {
  return begin + (turns - 1) * turnMilliseconds;
}

/**
 * The spans of a session by OpenTelemetry's conventions, as an instrumented agent sends them. A trace for each turn: the
 * agent's run, two calls of tools, and a model call before, between and after them, each with what the model was told.
 */
export function sessionSpans(sessionId: string, { turns, calls = 2, messagesKept = 40 }: SessionSize): Span[] {
  const told: Message[] = [];
  return Array.from({ length: turns }, (_, turn) => turnSpans({ sessionId, turn, calls, messagesKept, told })).flat();
}

interface TurnOf {
  readonly sessionId: string;
  readonly turn: number;
  readonly calls: number;
  readonly messagesKept: number;
  /** What was said in the session so far: it grows. */
  readonly told: Message[];
}

function turnSpans({ sessionId, turn, calls, messagesKept, told }: TurnOf): Span[] {
  const question = text("user", `${sessionId}, question ${turn}: where is order ${turn}? ${words(40)}`);
  const answer = text("assistant", `Order ${turn} has left the warehouse. ${words(80)}`);
  const traceId = hex(32, sessionId, turn);
  const idOf = (step: number) => hex(16, sessionId, turn * 100_000 + step);
  const span = (step: number, name: string, attributes: Span["attributes"]): Span => ({
    traceId,
    spanId: idOf(step),
    ...(step === 0 ? {} : { parentSpanId: idOf(0) }),
    name,
    kind: "INTERNAL",
    startTimeUnixNano: nano(turn, step),
    endTimeUnixNano: nano(turn, step === 0 ? 2 * calls + 2 : step, 900_000),
    status: { code: "UNSET" },
    attributes: { "session.id": sessionId, ...attributes },
    events: [],
    links: [],
    scope: { name: "bench", version: "1.0.0" },
    resource: { "service.name": "shop", "service.version": "7" },
  });
  const chat = (step: number, output: Message) =>
    span(step, "chat large", {
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "large",
      "gen_ai.system_instructions": instructions,
      "gen_ai.tool.definitions": tools,
      "gen_ai.input.messages": JSON.stringify(told.slice(-messagesKept)),
      "gen_ai.output.messages": JSON.stringify([output]),
    });
  const run = span(0, "invoke_agent shop", {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "shop",
    "gen_ai.input.messages": JSON.stringify([question]),
    "gen_ai.output.messages": JSON.stringify([answer]),
  });
  told.push(question);
  const steps = Array.from({ length: calls }, (_, call) => {
    const id = `call-${turn}-${call}`;
    const args = { order: String(turn), part: call, reason: words(8) };
    const result = { order: turn, part: call, state: "sent", lines: words(60).split(" ") };
    const asks: Message = {
      role: "assistant",
      parts: [{ type: "tool_call", id, name: "find_order", arguments: args }],
    };
    const model = chat(2 * call + 1, asks);
    told.push(asks, { role: "tool", parts: [{ type: "tool_call_response", id, response: result }] });
    const tool = span(2 * call + 2, "execute_tool find_order", {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "find_order",
      "gen_ai.tool.call.id": id,
      "gen_ai.tool.call.arguments": JSON.stringify(args),
      "gen_ai.tool.call.result": JSON.stringify(result),
    });
    return [model, tool];
  }).flat();
  const last = chat(2 * calls + 1, answer);
  told.push(answer);
  return [run, ...steps, last];
}

const instructions = JSON.stringify([
  { type: "text", content: `You help customers of a shop. ${"Be brief. ".repeat(60)}` },
]);
const tools = JSON.stringify(
  ["find_order", "refund_order", "find_customer", "send_mail", "search_articles"].map((name) => ({
    type: "function",
    name,
    description: `Does what its name says: ${name}. ${words(20)}`,
    parameters: {
      type: "object",
      properties: { order: { type: "string" }, part: { type: "integer" }, reason: { type: "string" } },
      required: ["order"],
    },
  })),
);

function text(role: string, content: string): Message {
  return { role, parts: [{ type: "text", content }] };
}

/** So many words of a text that looks like one. */
function words(count: number): string {
  const vocabulary =
    "the order was sent to a customer who had asked for it on Monday, and about “when” it would <b>arrive</b> at the address that we have here".split(
      " ",
    );
  return Array.from({ length: count }, (_, index) => vocabulary[(index * 7) % vocabulary.length]).join(" ");
}

/** An id that a name and a number determine. */
function hex(digits: number, name: string, number: number): string {
  const ofName = Buffer.from(name)
    .toString("hex")
    .slice(-(digits - 10));
  return `1${number.toString(16).padStart(9, "0")}${ofName.padStart(digits - 10, "0")}`;
}

/** A step of a turn takes a tenth of a millisecond: the longest has tens of thousands. */
function nano(turn: number, step: number, more = 0): string {
  const milliseconds = BigInt(begin + turn * turnMilliseconds);
  return String(milliseconds * 1_000_000n + BigInt(step) * 100_000n + BigInt(more === 0 ? 0 : 90_000));
}
