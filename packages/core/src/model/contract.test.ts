import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { GatehouseError } from "../errors.ts";
import { freePort } from "../testing/freePort.ts";
import { largestAnswer } from "./answerBody.ts";
import type { ModelLimits } from "./attempts.ts";
import { bedrockClient, bedrockModel } from "./bedrock.ts";
import type { ModelAnswer, ModelClient, ModelRequest } from "./model.ts";
import { openAiModel } from "./openAi.ts";
import { bedrockReply, jsonReply, openAiReply, type Reply, scriptedServer, testTime } from "./testing.ts";

const secret = "sk-secret-0123456789";

/** What every implementation must do, in the words of its own wire. */
interface Wire {
  readonly http2: boolean;
  model(url: string, limits?: ModelLimits): ModelClient;
  reply(text: string, reason?: string): Reply;
  /** What the wire says for the end of an answer, and what we make of it. */
  readonly reasons: Readonly<Record<string, ModelAnswer["stopReason"]>>;
  error(status: number, message: string, headers?: Readonly<Record<string, string>>): Reply;
  /** Successful answers that nothing can be made of. */
  readonly unreadable: Readonly<Record<string, Reply>>;
  readonly path: string;
  /** A request as it came over the wire. */
  read(body: string): Omit<ModelRequest, "signal">;
}

const openAi: Wire = {
  http2: false,
  model: (url, limits) => openAiModel({ url: `${url}/v1`, apiKey: secret, modelId: "small", ...limits }),
  reply: openAiReply,
  reasons: { stop: "end", length: "length", content_filter: "refused" },
  error: (status, message, headers) => jsonReply(status, { error: { message, type: "x" } }, headers),
  unreadable: {
    "another object": jsonReply(200, { object: "list", data: [] }),
    "no choice": jsonReply(200, { choices: [] }),
    "a call of a tool": jsonReply(200, {
      choices: [{ message: { content: null, tool_calls: [{}] }, finish_reason: "tool_calls" }],
    }),
  },
  path: "/v1/chat/completions",
  read(body) {
    const turn = z.strictObject({ role: z.enum(["user", "assistant"]), content: z.string() });
    const system = z.strictObject({ role: z.literal("system"), content: z.string() });
    const { messages, max_tokens, temperature } = z
      .strictObject({
        model: z.literal("small"),
        messages: z.tuple([system], turn),
        max_tokens: z.number(),
        temperature: z.number(),
      })
      .parse(JSON.parse(body));
    const [{ content }, ...turns] = messages;
    const texts = turns.map((one) => ({ role: one.role, text: one.content }));
    return { system: content, messages: texts, maxTokens: max_tokens, temperature };
  },
};

const bedrock: Wire = {
  http2: true,
  model: (endpoint, limits) => {
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: secret, sessionToken: `${secret}-session` };
    return bedrockModel({
      client: bedrockClient({ endpoint, region: "us-east-1", credentials }),
      modelId: "maker.small-v1:0",
      ...limits,
    });
  },
  reply: bedrockReply,
  reasons: {
    end_turn: "end",
    stop_sequence: "end",
    max_tokens: "length",
    model_context_window_exceeded: "length",
    content_filtered: "refused",
    guardrail_intervened: "refused",
  },
  error(status, message, headers) {
    const names: Readonly<Record<number, string>> = {
      400: "ValidationException",
      403: "AccessDeniedException",
      429: "ThrottlingException",
      500: "InternalServerException",
      503: "ServiceUnavailableException",
    };
    return jsonReply(status, { message }, { "x-amzn-errortype": names[status] ?? "OtherException", ...headers });
  },
  unreadable: {
    "no message": jsonReply(200, { stopReason: "end_turn" }),
    "no text": jsonReply(200, { output: { message: { role: "assistant", content: [] } }, stopReason: "end_turn" }),
    "a use of a tool": jsonReply(200, {
      output: { message: { content: [{ toolUse: { toolUseId: "t", name: "n", input: {} } }] } },
      stopReason: "tool_use",
    }),
  },
  path: "/model/maker.small-v1%3A0/converse",
  read(body) {
    const content = z.tuple([z.strictObject({ text: z.string() })]);
    const { system, messages, inferenceConfig } = z
      .strictObject({
        system: content,
        messages: z.array(z.strictObject({ role: z.enum(["user", "assistant"]), content })),
        inferenceConfig: z.strictObject({ maxTokens: z.number(), temperature: z.number() }),
      })
      .parse(JSON.parse(body));
    const texts = messages.map((one) => ({ role: one.role, text: one.content[0].text }));
    return { system: system[0].text, messages: texts, ...inferenceConfig };
  },
};

const question: ModelRequest = {
  system: "Answer briefly.",
  messages: [
    { role: "user", text: "Grüße?" },
    { role: "assistant", text: "Hello." },
    { role: "user", text: "Again \u{1f600}" },
  ],
  maxTokens: 100,
  temperature: 0,
};

/** What asking fails with. */
async function failureOf(asked: Promise<ModelAnswer>): Promise<GatehouseError> {
  const error = await asked.then(
    (answer) => new Error(`there was an answer: ${answer.text}`),
    (reason: unknown) => reason,
  );
  if (error instanceof GatehouseError) return error;
  throw error;
}

describe.each([
  ["OpenAI's chat completions", openAi],
  ["Bedrock's Converse", bedrock],
])("a model behind %s", (_, wire) => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeAll(async () => {
    server = await scriptedServer(wire);
  });
  afterAll(() => server.close());
  let clock: ReturnType<typeof testTime>;
  let model: ModelClient;
  beforeEach(() => {
    clock = testTime();
    model = wire.model(server.url, { time: clock.time });
  });

  test("is asked with the system's text, all turns and the limits, and gives text and usage", async () => {
    server.script(wire.reply("Hé \u{1f600}"));
    expect(await model.converse(question)).toEqual({
      text: "Hé \u{1f600}",
      inputTokens: 11,
      outputTokens: 7,
      stopReason: "end",
    });
    expect(server.requests.map(({ path }) => path)).toEqual([wire.path]);
    expect(server.requests.map(({ body }) => wire.read(body))).toEqual([question]);
  });

  test.each(Object.entries(wire.reasons))("that ends with %s: %s", async (reason, expected) => {
    server.script(wire.reply("Hello", reason));
    expect((await model.converse(question)).stopReason).toBe(expected);
  });

  test("that is busy is asked again, later each time, and answers", async () => {
    server.script(wire.error(429, "slow down"), wire.error(503, "no room"), wire.reply("Hello"));
    expect((await model.converse(question)).text).toBe("Hello");
    expect(clock.pauses).toEqual([1_000, 2_000]);
  });

  test("is asked again when it has asked for that", async () => {
    server.script(wire.error(429, "slow down", { "retry-after": "7" }), wire.reply("Hello"));
    expect((await model.converse(question)).text).toBe("Hello");
    expect(clock.pauses).toEqual([7_000]);
  });

  test.each([
    [429, "throttled"],
    [500, "internal"],
    [503, "internal"],
  ] as const)("that stays busy with %i is asked four times: %s", async (status, code) => {
    server.script(wire.error(status, "come back\nlater"));
    const { code: actual, message } = await failureOf(model.converse(question));
    expect(actual).toBe(code);
    expect(message).toMatch(/busy: .*come back\. Asked 4 times\.$/);
    expect(server.requests).toHaveLength(4);
  });

  test("that wants to be left alone for longer than a moment is not asked again", async () => {
    server.script(wire.error(429, "slow down", { "retry-after": "3600" }));
    expect((await failureOf(model.converse(question))).code).toBe("throttled");
    expect([server.requests.length, clock.pauses]).toEqual([1, []]);
  });

  test.each([400, 403, 404])("that refuses with %i is asked once, and the reason is told", async (status) => {
    server.script(wire.error(status, "the account has no right to it"));
    const { code, message } = await failureOf(model.converse(question));
    expect([code, server.requests.length]).toEqual(["internal", 1]);
    expect(message).toContain("refuses the request");
    expect(message).toContain("the account has no right to it.");
  });

  test.each(["before its answer", "within its answer"])("that hangs %s: the deadline ends it", async (where) => {
    server.script((response) => {
      if (where === "within its answer") {
        response.writeHead(200, { "content-type": "application/json" }).write("{");
        response.once("close", () => {});
      }
      setImmediate(clock.runOut);
    });
    const patient = { ...question, signal: new AbortController().signal };
    expect((await failureOf(model.converse(patient))).message).toContain("no answer within 90 seconds");
  });

  test("the deadline is one for all attempts and the pauses between them", async () => {
    server.script(wire.error(503, "no room"));
    const time = { ...clock.time, pause: async () => clock.runOut() };
    const { message } = await failureOf(wire.model(server.url, { time }).converse(question));
    expect([message, server.requests.length]).toEqual([expect.stringContaining("no answer within"), 1]);
  });

  test("its own time ends a request", async () => {
    server.script(() => {});
    const asked = wire.model(server.url, { timeoutMilliseconds: 50 }).converse(question);
    expect((await failureOf(asked)).message).toContain("no answer within 0.05 seconds");
  });

  test("the caller can cancel, before and during a request", async () => {
    const controller = new AbortController();
    server.script(() => controller.abort());
    const request = { ...question, signal: controller.signal };
    expect((await failureOf(model.converse(request))).message).toContain("was cancelled");
    expect((await failureOf(model.converse(request))).message).toContain("was cancelled");
    expect(server.requests).toHaveLength(1);
  });

  test("T21: an answer without end is not read on", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.script((response) => {
      let open = true;
      response.once("close", () => {
        open = false;
        resolve();
      });
      response.writeHead(200, { "content-type": "application/json" });
      const more = () => {
        while (open && response.write(" ".repeat(64_000)));
      };
      response.on("drain", more);
      more();
    });
    expect((await failureOf(model.converse(question))).message).toContain(`larger than ${largestAnswer} bytes`);
    await closed;
  });

  test.each<[string, Reply, RegExp?]>([
    ["no JSON", (response) => response.writeHead(200, { "content-type": "application/json" }).end("Hello")],
    ["an empty body", (response) => response.writeHead(200, { "content-type": "application/json" }).end()],
    ["null", jsonReply(200, null)],
    ["a list", jsonReply(200, [])],
    ["HTML", (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in"), /text\/html/],
    ["no type", (response) => response.writeHead(200).end("{}"), /no type/],
    [
      "half an answer",
      (response) =>
        response
          .writeHead(200, { "content-type": "application/json", "content-length": "99" })
          .write('{"choices":[', () => response.destroy()),
    ],
    ["nothing at all", (response) => response.destroy()],
    ...Object.entries(wire.unreadable),
  ])("that answers with %s: an error, after one attempt", async (_, reply, reason = /failed: ./) => {
    server.script(reply);
    const { code, message } = await failureOf(model.converse(question));
    expect(code).toBe("internal");
    expect(message).toMatch(reason);
    expect(server.requests).toHaveLength(1);
  });

  test.each([301, 302, 307, 308])("a redirect (%i) is not followed, and the key goes nowhere else", async (status) => {
    const other = await scriptedServer(wire);
    try {
      other.script(wire.reply("Hello"));
      server.script((response) => response.writeHead(status, { location: `${other.url}${wire.path}` }).end());
      expect((await failureOf(model.converse(question))).message).toContain("redirect");
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test("that nobody runs: an error that says so", async () => {
    const asked = wire.model(`http://127.0.0.1:${await freePort()}`).converse(question);
    expect((await failureOf(asked)).message).toMatch(/failed: .*ECONNREFUSED/);
  });

  test("T18: whatever goes wrong, no error shows a secret or what carries one", async () => {
    const echo: Reply = (response, { headers }) =>
      wire.error(403, `invalid: ${JSON.stringify(headers)}`)(response, { path: "", headers, body: "" });
    const echoBelow: Reply = (response, { headers }) =>
      wire.error(403, `invalid\n${JSON.stringify(headers)}`)(response, { path: "", headers, body: "" });
    const echoed: Reply = (response, { headers }) =>
      void response.writeHead(500, { "content-type": "text/plain" }).end(JSON.stringify(headers));
    const cut: Reply = (response) => response.destroy();
    for (const reply of wire === openAi ? [echo, echoBelow, echoed, cut] : [echoBelow, echoed, cut]) {
      server.script(reply);
      const error = await failureOf(model.converse(question));
      const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
      expect(shown).not.toContain(secret);
      expect(error.cause).toBeUndefined();
    }
  });

  test("what an endpoint says in an error is one visible, short line", async () => {
    server.script(wire.error(400, `no\u202e \u0000way${"x".repeat(10_000)}`));
    const { message } = await failureOf(model.converse(question));
    expect(message).toContain("no way");
    expect(message).not.toMatch(/\p{C}/u);
    expect(message.length).toBeLessThan(500);
  });
});
