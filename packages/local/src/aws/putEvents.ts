import { randomUUID } from "node:crypto";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { Place } from "../lambda/handler.ts";

/** An entry of PutEvents as it comes over the wire, where `Time` is in epoch seconds. */
export interface PutEventsEntry {
  readonly Source?: string | undefined;
  readonly DetailType?: string | undefined;
  readonly Detail?: string | undefined;
  readonly EventBusName?: string | undefined;
  readonly Time?: number | Date | undefined;
  readonly Resources?: readonly string[] | undefined;
}

/** What became of one entry: an id where it was taken, a code where it wasn't. */
export interface PutEventsResult {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

export type PutEvents = (entries: readonly PutEventsEntry[]) => Promise<PutEventsResult[]>;

const mostEntries = 10;
const mostBytes = 256 * 1024;

export interface PutEventsOptions extends Place {
  /** The name of the one bus there is. */
  readonly busName: string;
  readonly accept: (events: readonly JsonObject[]) => Promise<void>;
}

/**
 * EventBridge's PutEvents: judges the request and then each entry as EventBridge does, and answers when those that are
 * sound have been accepted. Usable in process as well as behind the endpoint.
 * @returns a function that throws GatehouseError `validation` when the request as a whole is refused.
 */
export function createPutEvents({ busName, region, accountId, accept }: PutEventsOptions): PutEvents {
  const names = new Set([busName, `arn:aws:events:${region}:${accountId}:event-bus/${busName}`]);
  return async (entries) => {
    requireBounds(entries);
    const judged = entries.map((entry) => {
      const detail = parseDetail(entry.Detail);
      const error = errorIn(entry, detail, names);
      return error ?? envelope(entry, detail ?? {}, { region, accountId });
    });
    await accept(judged.flatMap((result) => ("event" in result ? [result.event] : [])));
    return judged.map((result) => ("event" in result ? { EventId: result.id } : result));
  };
}

/** How many entries were refused. */
export function failedEntries(results: readonly PutEventsResult[]): number {
  return results.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
}

function requireBounds(entries: readonly PutEventsEntry[]): void {
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > mostEntries) {
    throw new GatehouseError("validation", `"Entries" must hold 1 to ${mostEntries} entries.`);
  }
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes > mostBytes) {
    throw new GatehouseError(
      "validation",
      `Total size of the entries in the request is over the limit of ${mostBytes} bytes.`,
    );
  }
}

/** The size of an entry as EventBridge counts it. */
function sizeOf({ Time, Source, DetailType, Detail, Resources }: PutEventsEntry): number {
  const texts = [Source, DetailType, Detail, ...(Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), Time === undefined ? 0 : 14);
}

function errorIn(entry: PutEventsEntry, detail: JsonObject | undefined, buses: ReadonlySet<string>) {
  if (!entry.Source)
    return refused("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument.");
  if (!entry.DetailType) {
    return refused("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument.");
  }
  if (!entry.Detail)
    return refused("InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument.");
  if (detail === undefined) return refused("MalformedDetail", "Detail is malformed.");
  const bus = entry.EventBusName ?? "default";
  if (!buses.has(bus)) return refused("InvalidArgument", `Event bus ${bus} does not exist.`);
  return undefined;
}

function refused(code: string, message: string): PutEventsResult {
  return { ErrorCode: code, ErrorMessage: message };
}

function parseDetail(text: string | undefined): JsonObject | undefined {
  try {
    const detail: Json = JSON.parse(text ?? "");
    return isJsonObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** The event as rules see it and targets receive it. Its time has whole seconds, as EventBridge's. */
function envelope(
  entry: PutEventsEntry,
  detail: JsonObject,
  { region, accountId }: Place,
): { id: string; event: JsonObject } {
  const id = randomUUID();
  const time =
    entry.Time instanceof Date ? entry.Time : new Date(entry.Time === undefined ? Date.now() : entry.Time * 1000);
  const event: JsonObject = {
    version: "0",
    id,
    "detail-type": entry.DetailType ?? "",
    source: entry.Source ?? "",
    account: accountId,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region,
    resources: [...(entry.Resources ?? [])],
    detail,
  };
  return { id, event };
}
