import type { Json } from "../../../json.ts";
import type { Message } from "../../conversation.ts";
import { resultOf, type ToolRequest } from "../messages/content.ts";
import type { ModelCallTold } from "../modelCalls.ts";
import { areArgumentsAlike, type Draft, isSameTool, withMore } from "./draft.ts";

/**
 * The calls of a turn, with what its model calls say of them: what the model has asked for, and what it was told came of it.
 * Calls that no span tells of are there, too: they begin when the model has asked for them, and have the id of its span.
 */
export function withAskedFor(
  calls: readonly Draft[],
  modelCalls: readonly ModelCallTold[],
  results: ResultsTold,
): Draft[] {
  const open = openCalls(calls);
  const found: Draft[] = [];
  for (const modelCall of modelCalls) {
    for (const request of requestsIn(modelCall.output)) {
      const answer = results(modelCall, request.id);
      const told = { ...present("arguments", request.arguments), ...present("result", answer?.result) };
      const call = open.take(request);
      found.push(
        call === undefined ? askedBy(modelCall, request, { ...told, toldAt: answer?.toldAt }) : withMore(call, told),
      );
    }
  }
  return [...found, ...open.left()];
}

/** What came of a call that a model has asked for, as a later model call was told. */
export type ResultsTold = (askedBy: ModelCallTold, id: string | undefined) => ResultTold | undefined;

interface ResultTold {
  readonly result: Json;
  /** When the model call began that was told of it, in nanoseconds since 1970. */
  readonly toldAt: bigint;
}

/**
 * What tools have answered, by the ids of their calls. Ids can come again in later turns, and what was before is repeated: the
 * first model call that knows of an answer was told it last.
 * @param modelCalls of all turns, in their order.
 */
export function resultsTold(modelCalls: readonly ModelCallTold[]): ResultsTold {
  const places = new Map(modelCalls.map((call, index) => [call, index]));
  const answers = new Map<string, { readonly place: number; readonly text: string }[]>();
  for (const [place, { input }] of modelCalls.entries()) {
    const last = new Map(
      input.flatMap(({ toolCallId, text }) => (toolCallId === undefined ? [] : [[toolCallId, text]])),
    );
    for (const [id, text] of last) {
      const known = answers.get(id) ?? [];
      known.push({ place, text });
      answers.set(id, known);
    }
  }
  return (askedBy, id) => {
    const place = places.get(askedBy) ?? 0;
    const answer = id === undefined ? undefined : answers.get(id)?.find((one) => one.place > place);
    const told = answer && modelCalls[answer.place];
    if (answer === undefined || told === undefined) return undefined;
    return { result: resultOf(answer.text), toldAt: BigInt(told.placed.span.startTimeUnixNano) };
  };
}

function requestsIn(output: readonly Message[]): readonly ToolRequest[] {
  return output.flatMap(({ toolCalls = [] }) => toolCalls);
}

/** The calls that no request was found for yet. */
function openCalls(calls: readonly Draft[]) {
  const open = new Set(calls);
  const withoutId = new Set(calls.filter(({ id }) => id === undefined));
  const byId = Map.groupBy(calls, ({ id }) => id);

  /** By its id, where both have one; else the first that names the same tool and the same arguments. */
  function callFor({ id, tool, arguments: args }: ToolRequest): Draft | undefined {
    const named = id === undefined ? [] : (byId.get(id) ?? []);
    const ofId = named.find((call) => open.has(call) && isSameTool(call.tool, tool));
    if (ofId !== undefined) return ofId;
    for (const call of id === undefined ? open : withoutId) {
      if (isSameTool(call.tool, tool) && areArgumentsAlike(call.arguments, args)) return call;
    }
    return undefined;
  }

  return {
    take(request: ToolRequest): Draft | undefined {
      const call = callFor(request);
      if (call === undefined) return undefined;
      open.delete(call);
      withoutId.delete(call);
      return call;
    },
    left: () => [...open],
  };
}

function askedBy(
  { placed: { span, reader } }: ModelCallTold,
  request: ToolRequest,
  { toldAt, ...told }: Pick<Draft, "arguments" | "result"> & { readonly toldAt: bigint | undefined },
): Draft {
  // When the model had answered; some clocks have that after the next model call has begun.
  const answeredAt = BigInt(span.endTimeUnixNano);
  const at = toldAt !== undefined && toldAt < answeredAt ? toldAt : answeredAt;
  return {
    span,
    reader,
    tool: request.tool,
    isNamedBySpan: false,
    startedAt: at,
    endedAt: at,
    toldBy: "model",
    ...(request.id === undefined ? {} : { id: request.id }),
    ...told,
  };
}

function present(name: "arguments" | "result", value: Json | undefined): Pick<Draft, "arguments" | "result"> {
  return value === undefined ? {} : { [name]: value };
}
