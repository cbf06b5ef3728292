import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";

/** EventBridge takes ten entries and 256 KB a request; the rest of the quarter is for what surrounds the details. */
const maxEntries = 10;
const maxBytes = 240 * 1024;
/** How many of the first entries fit into one PutEvents request; at least one, where there is one. */
export function fitting(entries: readonly PutEventsRequestEntry[]): number {
  let count = 0;
  let bytes = 0;
  for (const { Detail = "" } of entries.slice(0, maxEntries)) {
    bytes += Buffer.byteLength(Detail);
    if (count > 0 && bytes > maxBytes) break;
    count++;
  }
  return count;
}
