import { randomBytes } from "node:crypto";

/** A new trace's id (W3C Trace Context, "trace-id"). */
export function newTraceId(): string {
  return newId(16);
}

/** A new span's id (W3C Trace Context, "parent-id"). */
export function newSpanId(): string {
  return newId(8);
}

/** All zeros mean that there is none. */
function newId(bytes: number): string {
  const id = randomBytes(bytes).toString("hex");
  return /[1-9a-f]/.test(id) ? id : newId(bytes);
}
