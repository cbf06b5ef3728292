import { expect, test } from "vitest";
import { toolResultOf } from "./result.ts";

const url = new URL("https://orders.example/v1/reports?api_key=secret");
const structured = { outputSchema: { type: "object" } };

function result(
  type: string | undefined,
  body: string | Uint8Array,
  status = 200,
  tool: { outputSchema?: { type: string } } = {},
) {
  const headers = new Headers(type === undefined ? {} : { "content-type": type });
  return toolResultOf({ status, headers, body: typeof body === "string" ? Buffer.from(body) : body }, { tool, url });
}

test("a JSON object is text, and structured content where the tool promises some", () => {
  const json = '{"a": 1}';
  expect(result("application/json; charset=utf-8", json)).toEqual({ content: [{ type: "text", text: json }] });
  expect(result("application/vnd.api+json", json, 200, structured)).toEqual({
    content: [{ type: "text", text: json }],
    structuredContent: { a: 1 },
  });
});

test.each(["[1]", "null", "not json"])("%s is never structured content", (body) => {
  expect(result("application/json", body, 200, structured)).toEqual({ content: [{ type: "text", text: body }] });
});

test("text is read in its character set", () => {
  const latin = Buffer.from("Grüße", "latin1");
  expect(result('text/plain; charset="iso-8859-1"', latin).content).toEqual([{ type: "text", text: "Grüße" }]);
  expect(result("text/plain; charset=nobody-knows", "a").content).toEqual([{ type: "text", text: "a" }]);
  expect(result("application/x-amz-json-1.0", "{}").content).toEqual([{ type: "text", text: "{}" }]);
  expect(result(undefined, "Grüße").content).toEqual([{ type: "text", text: "Grüße" }]);
});

test("images and sound are content of their kind, other bytes a resource without the query", () => {
  const bytes = new Uint8Array([0, 255]);
  expect(result("image/PNG", bytes).content).toEqual([{ type: "image", data: "AP8=", mimeType: "image/png" }]);
  expect(result("audio/wav", bytes).content).toEqual([{ type: "audio", data: "AP8=", mimeType: "audio/wav" }]);
  const uri = "https://orders.example/v1/reports";
  expect(result("application/pdf", bytes).content).toEqual([
    { type: "resource", resource: { uri, mimeType: "application/pdf", blob: "AP8=" } },
  ]);
  expect(result(undefined, bytes).content).toEqual([{ type: "resource", resource: { uri, blob: "AP8=" } }]);
});

test("an empty answer says its status", () => {
  expect(result(undefined, "", 204)).toEqual({ content: [{ type: "text", text: "204 No Content" }] });
});

test("a failure is a tool error with its status and its text, cut where it is long", () => {
  const error = (text: string) => ({ content: [{ type: "text", text }], isError: true });
  expect(result("application/json", '{"message":"no"}', 400, structured)).toEqual(
    error('400 Bad Request: {"message":"no"}'),
  );
  expect(result("text/html", "", 502)).toEqual(error("502 Bad Gateway"));
  expect(result("image/png", new Uint8Array(3), 404)).toEqual(error("404 Not Found: (3 bytes of image/png)"));
  expect(result("text/plain", "x".repeat(5_000), 500)).toEqual(
    error(`500 Internal Server Error: ${"x".repeat(4_000)}...`),
  );
});
