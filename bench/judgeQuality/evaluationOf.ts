import type { Conversation, ToolCall, Turn } from "@gatehouse/core/evaluation/conversation.ts";
import type { Reference } from "@gatehouse/core/evaluation/evaluator.ts";
import { isJsonObject, type Json } from "@gatehouse/core/json.ts";
import { injectionMark, type LabelledCase } from "./labelled.ts";

/**
 * How a case is shown: as it is; without the text that tries to sway the judge; or with everything turned round whose order
 * says nothing (the tools that are there, assertions, the members of objects).
 */
export type Variant = "asIs" | "withoutInjection" | "reordered";

/** A case as evaluators take it. */
export interface ShownCase {
  readonly conversation: Conversation;
  readonly reference: Reference;
}

/** Any time will do, as long as it is always the same. */
const begin = Date.UTC(2026, 10, 26, 9);
const minute = 60_000;

/** What an evaluator gets of a case. */
export function evaluationOf(one: LabelledCase, variant: Variant = "asIs"): ShownCase {
  const sessionId = `${one.evaluator}-${one.id}`;
  const injected = variant === "withoutInjection" ? "" : (one.injection?.text ?? "");
  const shown = (text: string) => text.replaceAll(injectionMark, () => injected);
  const value = (json: Json): Json => (variant === "reordered" ? turnedRound(json) : json);
  const list = <Item>(items: readonly Item[]) => (variant === "reordered" ? items.toReversed() : items);

  const turns = one.turns.map(({ user, calls, answer }, index): Turn => {
    const traceId = `${sessionId}-${index + 1}`;
    const startedAt = begin + index * minute;
    return {
      traceId,
      spanId: `${traceId}-turn`,
      startedAt,
      endedAt: startedAt + minute / 2,
      systemInstructions: one.system === undefined ? [] : [one.system],
      availableTools: list(one.availableTools).map((tool) => ({
        ...tool,
        ...(tool.inputSchema === undefined ? {} : { inputSchema: value(tool.inputSchema) }),
      })),
      request: shown(user),
      ...(answer === undefined ? {} : { response: shown(answer) }),
      steps: calls.map(
        ({ tool, arguments: args, result, error, decision }, at): ToolCall => ({
          type: "toolCall",
          spanId: `${traceId}-call-${at + 1}`,
          startedAt: startedAt + at + 1,
          tool,
          arguments: value(textsIn(args, shown)),
          ...(result === undefined ? {} : { result: value(textsIn(result, shown)) }),
          ...(error === undefined ? {} : { error: shown(error) }),
          ...(decision === undefined ? {} : { decision }),
        }),
      ),
    };
  });

  const { expectedResponse, assertions } = one.reference ?? {};
  return {
    conversation: { sessionId, turns, gaps: [] },
    reference: {
      ...(expectedResponse === undefined ? {} : { expectedResponse }),
      ...(assertions === undefined ? {} : { assertions: list(assertions) }),
    },
  };
}

function textsIn(json: Json, change: (text: string) => string): Json {
  if (typeof json === "string") return change(json);
  if (Array.isArray(json)) return json.map((item) => textsIn(item, change));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, textsIn(item, change)]));
}

/** Members of objects in the other order; that of a list may mean something. */
function turnedRound(json: Json): Json {
  if (Array.isArray(json)) return json.map(turnedRound);
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json)
      .reverse()
      .map(([name, item]) => [name, turnedRound(item)]),
  );
}
