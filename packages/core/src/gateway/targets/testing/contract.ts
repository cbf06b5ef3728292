import type { CallToolResult } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { type Invocation, TargetError } from "../target.ts";

/** What the target behind a stand does when it is called. */
export type Behaviour =
  /** Gives its arguments back. */
  | "echo"
  /** Says that it has failed. */
  | "fail"
  /** Takes the call and never answers. */
  | "hang"
  /** Answers what its protocol doesn't know. */
  | "garbage"
  /** Closes the connection instead of an answer. */
  | "reset"
  /** Answers more than may be answered, 7 MB. */
  | "oversized";

/** A real target of a kind, at the wire, and the kind that calls it. */
export interface Stand extends AsyncDisposable {
  /** Calls a tool that behaves so, with these arguments, as on the one-machine host unless loopback is not allowed. */
  call(
    behaviour: Behaviour,
    options: Pick<Invocation, "arguments" | "signal" | "traceContext"> & { readonly allowLoopback?: boolean },
  ): Promise<CallToolResult>;
  /** How many requests have reached the target, of calls or before them. */
  requests(): number;
  /** Resolves when the next call has reached the target. */
  arrival(): Promise<void>;
  /** The trace context that came with the last call. */
  traceContext(): JsonObject;
  /** What this kind of target doesn't do, and why. */
  readonly except?: Readonly<Partial<Record<"oversized" | "traceContext" | "reachable", string>>>;
}

const traceContext = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "vendor=value",
};

/** What every kind of target owes to whoever calls its tools: one suite, for each kind by one line. */
export function testContract(kind: string, start: () => Promise<Stand>): void {
  describe(`a target of kind ${kind}`, () => {
    let stand: Stand;
    beforeAll(async () => {
      stand = await start();
    });
    afterAll(() => stand?.[Symbol.asyncDispose]());
    const call = (behaviour: Behaviour, changes: Partial<Parameters<Stand["call"]>[1]> = {}) =>
      stand.call(behaviour, { arguments: {}, traceContext: {}, signal: AbortSignal.timeout(60_000), ...changes });

    test("answers with what the tool has answered", async () => {
      const args = { text: "Grüße 👋", count: 3 };
      const { content, isError } = await call("echo", { arguments: args });
      expect(isError ?? false).toBe(false);
      expect(content).toEqual([{ type: "text", text: expect.stringContaining("Grüße 👋") }]);
    });

    test("says that a tool has failed, as its result or as the target's failure", async () => {
      const outcome = await settled(call("fail"));
      expect(outcome instanceof TargetError || outcome.isError).toBe(true);
    });

    test("T21 ends a call that is given up, whatever the target does", async () => {
      const deadline = new AbortController();
      const arrived = stand.arrival();
      const outcome = settled(call("hang", { signal: deadline.signal }));
      await arrived;
      deadline.abort();
      expect(await outcome).toBeInstanceOf(TargetError);
    });

    test("makes a failure of the target of a connection that ends", async () => {
      expect(await settled(call("reset"))).toBeInstanceOf(TargetError);
    });

    test("makes a failure or a text of what isn't an answer, and never structured content", async () => {
      const outcome = await settled(call("garbage"));
      if (!(outcome instanceof TargetError)) expect(outcome.structuredContent).toBeUndefined();
    });

    test("T21 doesn't take more than 6 MB", async ({ skip }) => {
      if (stand.except?.oversized !== undefined) skip(stand.except.oversized);
      expect(await settled(call("oversized"))).toBeInstanceOf(TargetError);
    });

    test("T06 asks nothing of an address that may not be reached", async ({ skip }) => {
      if (stand.except?.reachable !== undefined) skip(stand.except.reachable);
      const before = stand.requests();
      expect(await settled(call("echo", { allowLoopback: false }))).toBeInstanceOf(TargetError);
      expect(stand.requests()).toBe(before);
    });

    test("passes the trace context on", async ({ skip }) => {
      if (stand.except?.traceContext !== undefined) skip(stand.except.traceContext);
      await call("echo", { traceContext });
      expect(stand.traceContext()).toMatchObject(traceContext);
    });

    test("works as before after all of that", async () => {
      expect((await call("echo", { arguments: { text: "again" } })).content).toMatchObject([{ type: "text" }]);
    });
  });
}

/** A result, or the failure of a target: anything else is a mistake of the kind. */
async function settled(call: Promise<CallToolResult>): Promise<CallToolResult | TargetError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TargetError) return error;
    throw error;
  }
}
