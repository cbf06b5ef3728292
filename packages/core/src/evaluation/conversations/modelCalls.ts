import type { Message } from "../conversation.ts";
import { errorText } from "./errorText.ts";
import type { Placed, Trace } from "./trace.ts";

/** A request to a model that its spans tell of. */
export interface ModelCallTold {
  readonly placed: Placed;
  readonly model?: string;
  readonly input: readonly Message[];
  readonly output: readonly Message[];
  readonly error?: string;
}

/**
 * The model calls of a trace in the order of their beginning. One within another, as of a client's library that is
 * instrumented beside the framework, is the same: what the outer doesn't say, the inner does.
 */
export function modelCallsOf({ spans }: Trace): ModelCallTold[] {
  const told = new Map<Placed, ModelCallTold>();
  const outermost = createFinder();
  for (const placed of spans) {
    if (placed.role !== "modelCall") continue;
    const outer = outermost(placed);
    const known = told.get(outer);
    const call = modelCallOf(placed);
    // An inner one can be met first, where clocks differ.
    told.set(outer, known === undefined ? { ...call, placed: outer } : merged(known, call, placed === outer));
  }
  return [...told.values()];
}

/** Finds the outermost of the model calls around one. */
function createFinder(): (placed: Placed) => Placed {
  const known = new Map<Placed, Placed>();
  return (placed) => {
    let at = placed;
    while (at.within?.role === "modelCall" && !known.has(at)) at = at.within;
    const outermost = known.get(at) ?? at;
    known.set(placed, outermost);
    return outermost;
  };
}

function merged(known: ModelCallTold, call: ModelCallTold, isOuter: boolean): ModelCallTold {
  const [first, second] = isOuter ? [call, known] : [known, call];
  const model = first.model ?? second.model;
  return {
    ...first,
    placed: known.placed,
    ...(model === undefined ? {} : { model }),
    input: first.input.length > 0 ? first.input : second.input,
    output: first.output.length > 0 ? first.output : second.output,
  };
}

function modelCallOf(placed: Placed): ModelCallTold {
  const { span, reader, model } = placed;
  const error = errorText(span);
  const { input, output } = reader.messages(span);
  const instructions = reader.systemInstructions(span).map((text): Message => ({ role: "system", text }));
  return {
    placed,
    ...(model === undefined ? {} : { model }),
    input: input.some(({ role }) => role === "system") ? input : [...instructions, ...input],
    output,
    ...(error === undefined ? {} : { error }),
  };
}
