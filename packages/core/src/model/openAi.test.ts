import { afterAll, beforeAll, expect, test } from "vitest";
import type { ModelRequest } from "./model.ts";
import { openAiModel } from "./openAi.ts";
import { openAiReply, scriptedServer } from "./testing.ts";

let server: Awaited<ReturnType<typeof scriptedServer>>;
beforeAll(async () => {
  server = await scriptedServer();
});
afterAll(() => server.close());

const question: ModelRequest = { system: "s", messages: [{ role: "user", text: "u" }], maxTokens: 9 };

test.for<[string, string, string | undefined, RegExp]>([
  ["no URL", "models", undefined, /http or https URL/],
  ["another protocol", "file:///models", undefined, /http or https URL/],
  ["credentials in the address", "https://user:sesame@models.example.com", undefined, /credentials/],
  ["a query", "https://models.example.com/v1?key=sesame", undefined, /query/],
  ["a key that no header can hold", "https://models.example.com", "sesame\nx", /printable/],
  ["a key that JSON would write otherwise", "https://models.example.com", 'sesame"', /quotes/],
  ["an empty key", "https://models.example.com", "", /printable/],
  ["a key over an unencrypted connection", "http://models.example.com", "sesame", /https, or on loopback/],
])("T18: %s is refused, and not shown", ([, url, apiKey, reason]) => {
  const make = () => openAiModel({ url, modelId: "small", ...(apiKey === undefined ? {} : { apiKey }) });
  expect(make).toThrow(reason);
  expect(make).not.toThrow(/sesame/);
});

test.for([
  ["http://10.0.0.7:8000/v1", undefined],
  ["http://localhost:11434/v1/", "key"],
  ["http://[::1]:8080", "key"],
  ["http://127.0.0.1:8080", "key"],
  ["https://models.example.com", "key"],
] as const)("the operator may name %s", ([url, apiKey]) => {
  expect(openAiModel({ url, modelId: "small", ...(apiKey ? { apiKey } : {}) }).modelId).toBe("small");
});

test("the key is a bearer token, and without a key there is none", async () => {
  server.script(openAiReply("Hello"));
  await openAiModel({ url: server.url, modelId: "small", apiKey: "key" }).converse(question);
  await openAiModel({ url: `${server.url}/`, modelId: "small" }).converse(question);
  expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ["/chat/completions", "Bearer key"],
    ["/chat/completions", undefined],
  ]);
});

test("OpenAI's own models are told the limit by the only name that all of them take", async () => {
  const bodies: unknown[] = [];
  const send: typeof fetch = async (_, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    const choices = [{ message: { content: "Hello" }, finish_reason: "stop" }];
    return Response.json({ choices });
  };
  const answer = await openAiModel({ url: "https://api.openai.com/v1", modelId: "small", fetch: send }).converse(
    question,
  );
  expect(bodies).toEqual([expect.objectContaining({ max_completion_tokens: 9 })]);
  expect(bodies).toEqual([expect.not.objectContaining({ max_tokens: 9 })]);
  // Nor is a temperature sent that nobody has asked for, or a use made up that nobody has told.
  expect(bodies).toEqual([expect.not.objectContaining({ temperature: expect.anything() })]);
  expect(answer).toEqual({ text: "Hello", inputTokens: 0, outputTokens: 0, stopReason: "end" });
});

test("a refusal is one, in the model's words", async () => {
  server.script((response) => {
    const choices = [{ message: { content: null, refusal: "I can't." }, finish_reason: "stop" }];
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify({ choices }));
  });
  const { text, stopReason } = await openAiModel({ url: server.url, modelId: "small" }).converse(question);
  expect([text, stopReason]).toEqual(["I can't.", "refused"]);
});
