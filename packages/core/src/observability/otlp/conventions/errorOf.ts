import type { SpanFacts } from "../../facts.ts";
import type { Span } from "../../spans/span.ts";
import { textOf } from "./read.ts";

type FactError = NonNullable<SpanFacts["error"]>;

/** How a span ended, where it failed: as its status says, or the HTTP status or the type of the error beside it. */
export function errorOf(span: Span, about: "model" | "tool"): FactError | undefined {
  const { status, attributes } = span;
  const httpStatus = Number(attributes["http.response.status_code"] ?? attributes["http.status_code"]);
  const type = textOf(attributes, ["error.type"]) ?? exceptionOf(span);
  const failed = status.code === "ERROR" || httpStatus >= 400 || attributes["gen_ai.tool.status"] === "error";
  if (!failed && attributes["error.type"] === undefined) return undefined;
  if (/time(?:d[ _-]?)?out|deadline/i.test(type ?? "")) return "timeout";
  if (about === "tool") return "tool";
  const code = httpStatus >= 400 ? httpStatus : statusIn(type);
  if (code !== undefined) return code < 500 ? "4xx" : "5xx";
  return callersMistake.test(type ?? "") ? "4xx" : "5xx";
}

/** The names that clients of models give to errors that are answered with 4xx. */
const callersMistake =
  /ratelimit|throttl|toomanyrequests|badrequest|validation|invalid|authenticat|unauthorized|permission|accessdenied|forbidden|notfound|conflict|unprocessable|contextwindow|toolong|quota/i;

function statusIn(type = ""): number | undefined {
  return /^[45]\d\d$/.test(type) ? Number(type) : undefined;
}

function exceptionOf({ events }: Span): string | undefined {
  const exception = events.findLast(({ name }) => name === "exception");
  return exception === undefined ? undefined : textOf(exception.attributes, ["exception.type"]);
}
