import { TooManyRequestsException } from "@aws-sdk/client-lambda";
import { ProtocolError } from "@modelcontextprotocol/server";
import { expect, test } from "vitest";
import { UpstreamRefusal } from "../targets/mcpServer/post.ts";
import { TargetError } from "../targets/target.ts";
import { type Failure, failureOf, retryAfterOf } from "./failures.ts";

const wrapped = (cause: unknown) => new TargetError("It failed.", { cause });
const http = (status: number) => new UpstreamRefusal("It failed.", status);
const throttling = new TooManyRequestsException({
  message: "Too many",
  retryAfterSeconds: "3",
  $metadata: { httpStatusCode: 429 },
});

test.each<[string, unknown, Failure]>([
  ["an error of the protocol", wrapped(new ProtocolError(-32_603, "It failed.")), "answered"],
  ["a 4xx", wrapped(http(404)), "answered"],
  ["a 500", wrapped(http(500)), "answered"],
  ["a function that threw", new TargetError("orders failed: no such order"), "answered"],
  ["a 502", wrapped(http(502)), "unavailable"],
  ["a refused connection", wrapped(Object.assign(new Error("no"), { code: "ECONNREFUSED" })), "unavailable"],
  ["a closed connection", wrapped(Object.assign(new Error("It closed."), { code: "ECONNRESET" })), "unavailable"],
  ["a JSON-RPC error", wrapped(new UpstreamRefusal("It failed.", 200, { code: -32_603 })), "answered"],
  ["what is no answer", wrapped(new UpstreamRefusal("It failed.", 200)), "broken"],
  ["Lambda's throttling", wrapped(throttling), "throttled"],
  ["a time-out of a signal", wrapped(new DOMException("Too late.", "TimeoutError")), "timedOut"],
  ["a time-out of a socket", wrapped(Object.assign(new Error("late"), { name: "TimeoutError" })), "timedOut"],
  ["JSON that is none", wrapped(new SyntaxError("Unexpected token")), "broken"],
  ["a caller who has gone", new DOMException("gone", "AbortError"), "notCalled"],
  ["no error at all", "nothing", "broken"],
])("%s", (_, error, failure) => {
  expect(failureOf(error)).toBe(failure);
});

test("errors that cause each other in a circle come to an end", () => {
  const error = new Error("a");
  error.cause = new Error("b", { cause: error });
  expect(failureOf(error)).toBe("broken");
});

test("when to come again is found where it is said", () => {
  expect(retryAfterOf(wrapped(throttling))).toBe(3_000);
  expect(retryAfterOf(wrapped(new TargetError("busy", { status: 503, retryAfterMilliseconds: 5 })))).toBe(5);
  expect(retryAfterOf(new Error("no"))).toBeUndefined();
});
