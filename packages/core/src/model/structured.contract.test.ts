import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GatehouseError } from "../errors.ts";
import type { StructuredAnswer, StructuredModel, StructuredRequest } from "./structured.ts";
import { structuredWires, wireSecret } from "./structuredTesting.ts";
import { jsonReply, type Reply, scriptedServer, testTime } from "./testing.ts";

const schema = {
  type: "object",
  properties: { word: { type: "string", enum: ["yes", "no"] } },
  required: ["word"],
  additionalProperties: false,
};
const question: StructuredRequest = {
  system: "Answer.",
  messages: [{ role: "user", text: "Grüße?" }],
  maxTokens: 100,
  temperature: 0,
  answer: { name: "verdict", description: "A word.", schema },
};

async function failureOf(asked: Promise<StructuredAnswer>): Promise<GatehouseError> {
  const error = await asked.then(
    ({ text }) => new Error(`there was an answer: ${text}`),
    (reason: unknown) => reason,
  );
  if (error instanceof GatehouseError) return error;
  throw error;
}

describe.each(structuredWires)("a model that answers with objects, behind %s", (_, wire) => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeAll(async () => {
    server = await scriptedServer(wire);
  });
  afterAll(() => server.close());
  let clock: ReturnType<typeof testTime>;
  let model: StructuredModel;
  beforeEach(() => {
    clock = testTime();
    model = wire.model(server.url, { time: clock.time });
  });
  const asked = () => server.requests.map(({ body }) => wire.read(body));

  test("is told the schema by the wire, and gives the object with its usage", async () => {
    server.script(wire.object({ word: "yes" }));
    expect(await model.answer(question)).toEqual({
      objects: [{ word: "yes" }],
      text: '{"word":"yes"}',
      inputTokens: 11,
      outputTokens: 7,
      stopReason: "end",
    });
    expect(asked()).toEqual([{ schema, temperature: 0, texts: ["Answer.", "Grüße?"] }]);
  });

  test("that knows no structured output is told the schema in words, and from then on at once", async () => {
    server.script(wire.noSchema, wire.text('Gladly:\n```json\n{"word": "no"}\n```\nDone.'));
    expect((await model.answer(question)).objects).toEqual([{ word: "no" }]);
    expect((await model.answer(question)).objects).toEqual([{ word: "no" }]);
    const [first, ...others] = asked();
    expect(first?.schema).toEqual(schema);
    expect(others).toHaveLength(2);
    for (const { schema: said, temperature, texts } of others) {
      expect([said, temperature, texts[1]]).toEqual([undefined, 0, "Grüße?"]);
      expect(texts[0]).toContain(JSON.stringify(schema));
    }
  });

  test("that refuses a temperature is asked without, and from then on at once", async () => {
    server.script(wire.noTemperature, wire.object({ word: "yes" }));
    await model.answer(question);
    await model.answer(question);
    expect(asked().map(({ temperature }) => temperature)).toEqual([0, undefined, undefined]);
    expect(asked().map(({ schema: said }) => said)).toEqual([schema, schema, schema]);
  });

  test("that refuses both, one after the other, is asked without both", async () => {
    server.script(wire.noSchema, wire.noTemperature, wire.text('{"word":"yes"}'));
    expect((await model.answer(question)).objects).toEqual([{ word: "yes" }]);
    expect(asked().map(({ temperature, schema: said }) => [temperature, said !== undefined])).toEqual([
      [0, true],
      [0, false],
      [undefined, false],
    ]);
  });

  test.each([
    ["structured output", "noSchema"],
    ["a temperature", "noTemperature"],
  ] as const)("that goes on about %s when there is none: an error", async (_, refusal) => {
    server.script(wire[refusal]);
    expect((await failureOf(model.answer(question))).message).toContain("refuses the request");
    expect(server.requests).toHaveLength(2);
  });

  test("that refuses anything else is asked once", async () => {
    server.script(wire.error(403, "the account has no right to it"));
    expect((await failureOf(model.answer(question))).message).toContain("the account has no right to it");
    expect(server.requests).toHaveLength(1);
  });

  test("that is busy is asked again, later each time", async () => {
    server.script(wire.error(429, "slow down"), wire.error(503, "no room"), wire.object({ word: "yes" }));
    expect((await model.answer(question)).objects).toEqual([{ word: "yes" }]);
    expect(clock.pauses).toEqual([1_000, 2_000]);
  });

  test("that stays busy: an error", async () => {
    server.script(wire.error(429, "slow down"));
    expect((await failureOf(model.answer(question))).code).toBe("throttled");
    expect(server.requests).toHaveLength(4);
  });

  test("that hangs: the deadline ends it", async () => {
    server.script(() => setImmediate(clock.runOut));
    expect((await failureOf(model.answer(question))).message).toContain("no answer within 90 seconds");
  });

  test("whose answer is cut off, or a refusal: it says so", async () => {
    server.script(wire.text('{"word":"y', wire.cut), wire.refusal);
    expect(await model.answer(question)).toMatchObject({ objects: [], stopReason: "length" });
    expect(await model.answer(question)).toMatchObject({ objects: [], stopReason: "refused" });
  });

  test.each(["Yes.", "", "[1, 2]", "{word: yes}", "{{{{"])("that says %j: there is no object in it", async (text) => {
    server.script(wire.text(text));
    expect(await model.answer(question)).toMatchObject({ objects: [], text, stopReason: "end" });
  });

  test("several objects are all told", async () => {
    server.script(wire.text('{"word":"no"} or rather {"word":"yes"}'));
    expect((await model.answer(question)).objects).toEqual([{ word: "no" }, { word: "yes" }]);
  });

  test("T23: members that reach a prototype are members like any other", async () => {
    server.script(wire.text('{"__proto__":{"word":"yes"}}'));
    const [object] = (await model.answer(question)).objects;
    expect(object?.word).toBeUndefined();
  });

  test.each<[string, Reply]>([
    ["another object", jsonReply(200, { object: "list" })],
    ["null", jsonReply(200, null)],
    ["HTML", (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in")],
    ["nothing at all", (response) => response.destroy()],
  ])("that answers with %s: an error, after one attempt", async (_, reply) => {
    server.script(reply);
    expect((await failureOf(model.answer(question))).code).toBe("internal");
    expect(server.requests).toHaveLength(1);
  });

  test("T18: no error shows a secret, or has what an endpoint repeats in a member", async () => {
    server.script((response, request) =>
      wire.error(400, `invalid\n${JSON.stringify(request.headers)} ${request.body}`)(response, request),
    );
    const error = await failureOf(model.answer(question));
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${Object.values(error)}`).not.toContain(
      wireSecret,
    );
    expect(JSON.stringify(error)).not.toContain("Grüße");
    expect(error.cause).toBeUndefined();
  });
});
