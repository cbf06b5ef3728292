import type { Span } from "../../observability/spans/span.ts";
import { firstText } from "./json.ts";

/** How what a span tells of has failed, in its own words; nothing where it hasn't. */
export function errorText({ status, attributes, events }: Span): string | undefined {
  const exception = events.findLast(({ name }) => name === "exception")?.attributes ?? {};
  const type = firstText(attributes["error.type"], exception["exception.type"]);
  if (status.code === "ERROR") return firstText(status.message, exception["exception.message"], type) ?? "error";
  return firstText(attributes["error.type"]);
}
