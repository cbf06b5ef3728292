/** As much as OpenTelemetry's Collector takes; decompressed, in bytes. */
export const maxBodyBytes = 20 * 1024 * 1024;
/**
 * How many messages (spans, events, attributes, values) a request may hold. Each costs memory, however few bytes it has: an
 * empty span has two. 512 spans, which exporters send at most at a time, with 100 attributes each have 100,000.
 */
export const maxMessages = 250_000;
/** How deep values may be in values, and all that they are in. */
export const maxDepth = 64;
/** A text that is a key of the ledger or a dimension of counters, in characters: what is longer is cut. */
export const maxNameCharacters = 256;
/** From when to when a span may be: what is older has left the ledger soon, and what is yet to come is a clock's mistake. */
export const earliestMilliseconds = 30 * 24 * 3_600_000;
export const latestMilliseconds = 3_600_000;
