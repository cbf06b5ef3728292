import { type SpansRecorded, spansRecorded } from "@gatehouse/core/observability/events.ts";

/** The spans that functions of this process publish from now on. */
export interface RecordedSpans {
  readonly spans: SpansRecorded["spans"];
  /** Who has sent them, an entry an event. */
  readonly senders: (string | undefined)[];
  /** As which they are recorded, an entry an event. */
  readonly sources: SpansRecorded["source"][];
  clear(): void;
  stop(): void;
}

/** Sees what goes to the bus, once a host has started in this process. */
export async function watchSpans(): Promise<RecordedSpans> {
  const { eventBridge } = await import("@gatehouse/functions/aws.ts");
  const spans: SpansRecorded["spans"] = [];
  const senders: (string | undefined)[] = [];
  const sources: SpansRecorded["source"][] = [];
  const name = "watchSpans";
  eventBridge.middlewareStack.add(
    (next) => async (args) => {
      const { Entries = [] } = args.input as { Entries?: { DetailType?: string; Detail?: string }[] };
      const answer = await next(args);
      for (const { DetailType, Detail = "" } of Entries) {
        if (DetailType !== "SpansRecorded") continue;
        const detail = spansRecorded.parse(JSON.parse(Detail));
        spans.push(...detail.spans);
        senders.push(detail.sender);
        sources.push(detail.source);
      }
      return answer;
    },
    { step: "initialize", priority: "high", name },
  );
  return {
    spans,
    senders,
    sources,
    clear: () => {
      for (const seen of [spans, senders, sources]) seen.length = 0;
    },
    stop: () => void eventBridge.middlewareStack.remove(name),
  };
}
