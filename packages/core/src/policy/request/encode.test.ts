import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../json.ts";
import type { ToolAction } from "../schema/policySchema.ts";
import { buildSchema } from "../schema/schema.ts";
import { gatewayOf, tool } from "../testing/configuration.ts";
import { encodeInput } from "./encode.ts";
import { datetime, decimalOfNumber, decimalOfText, duration, ipAddress } from "./scalars.ts";

function actionOf(properties: Readonly<Record<string, Json>>): ToolAction {
  const { actions, unrepresentable } = buildSchema(gatewayOf({ T: [tool("x", properties)] }));
  const action = actions.get("T___x");
  if (!action) throw new Error(JSON.stringify(unrepresentable));
  return action;
}

/** What becomes of one argument of a type: its Cedar value, or the reason why it has none. */
function encoded(property: Json, value: Json): unknown {
  const answer = encodeInput(actionOf({ p: property }).input, { p: value });
  return answer.ok ? answer.input.p : answer.reason;
}

const extension = (fn: string, arg: string) => ({ __extn: { fn, arg } });
const entity = (type: string, id: string) => ({ __entity: { type: `AgentCore::${type}`, id } });

describe("an argument in Cedar's JSON", () => {
  test.for<[Json, Json, unknown]>([
    [{ type: "string" }, "x", "x"],
    [{ type: "boolean" }, false, false],
    [{ type: "integer" }, 5, 5],
    [{ type: "number" }, 5, extension("decimal", "5.0")],
    [{ type: "number" }, -0.25, extension("decimal", "-0.25")],
    [{ type: "null" }, null, entity("Null", "null")],
    [{ type: "string", enum: ["a"] }, "a", entity("T___x_Input_p", "a")],
    [{ type: "array", items: { type: "integer" } }, [1, 2], [1, 2]],
    [{ type: "array", prefixItems: [{ type: "string" }], items: false }, ["a"], { proj0: "a" }],
    [{ type: "object", properties: { k: { type: "boolean" } } }, { k: true, other: 1 }, { k: true }],
    [{ type: ["string", "null"] }, null, { typeChoice1: entity("Null", "null") }],
    [{ type: ["string", "null"] }, "a", { typeChoice0: "a" }],
    [{ type: "string", format: "date" }, "2026-02-28", extension("datetime", "2026-02-28T00:00:00.000Z")],
    [
      { type: "string", format: "date-time" },
      "2026-01-01T01:30:00.5+02:00",
      extension("datetime", "2025-12-31T23:30:00.500Z"),
    ],
    [{ type: "string", format: "duration" }, "P1DT2H", extension("duration", "93600000ms")],
    [{ type: "string", format: "ipv4" }, "10.0.0.1", extension("ip", "10.0.0.1")],
    [{ type: "string", format: "decimal" }, "1.50", extension("decimal", "1.50")],
    [{}, { b: [1], a: null }, entity("Unknown", `{"a":null,"b":[1]}`)],
  ])("%j: %j", ([property, value, expected]) => {
    expect(encoded(property, value)).toEqual(expected);
  });

  test("that is an object with additionalProperties is an entity with tags, equal if it is equal", () => {
    const property = {
      type: "object",
      properties: { k: { type: "integer" } },
      additionalProperties: { type: "number" },
    };
    const { input } = actionOf({ p: property, q: property });
    const answer = encodeInput(input, { p: { k: 1, a: 2, b: 0.5 }, q: { b: 0.5, k: 1, a: 2 } });
    if (!answer.ok) throw new Error(answer.reason);
    expect(answer.entities[0]).toEqual({
      uid: { type: "AgentCore::T___x_Input_p", id: `{"a":2,"b":0.5,"k":1}` },
      attrs: { k: 1 },
      parents: [],
      tags: { a: extension("decimal", "2.0"), b: extension("decimal", "0.5") },
    });
    expect(answer.entities[1]?.uid).toMatchObject({ id: `{"a":2,"b":0.5,"k":1}` });
  });

  test("of a union takes the first choice that it fits exactly", () => {
    const property = {
      anyOf: [
        { type: "object", properties: { a: { type: "string" } } },
        { type: "object", properties: { b: { type: "string" } }, additionalProperties: { type: "integer" } },
        { type: "integer" },
        { type: "number" },
      ],
    };
    expect(encoded(property, { a: "x" })).toEqual({ typeChoice0: { a: "x" } });
    expect(encoded(property, { b: "x" })).toMatchObject({ typeChoice1: { __entity: {} } });
    expect(encoded(property, 3)).toEqual({ typeChoice2: 3 });
    expect(encoded(property, 3.5)).toEqual({ typeChoice3: extension("decimal", "3.5") });
    expect(encoded(property, { b: "x", c: "y" })).toContain("none of the types");
  });

  test("that is required must be there if it is wanted, and only then", () => {
    const { input } = actionOf({ "a!": { type: "integer" }, b: { type: "string" } });
    expect(encodeInput(input, {})).toEqual({ ok: false, reason: `The argument "a" is required.` });
    expect(encodeInput(input, { b: "x" }, ["b"])).toEqual({ ok: true, input: { b: "x" }, entities: [] });
    expect(encodeInput(input, { a: 1.5, b: "x" }, ["b", "unknown"])).toMatchObject({ ok: true, input: { b: "x" } });
  });
});

describe("T14: what Cedar can't hold is refused with the reason", () => {
  test.for<[Json, Json, string]>([
    [{ type: "integer" }, 2 ** 53, "beyond 2^53-1"],
    [{ type: "integer" }, -(2 ** 53), "beyond 2^53-1"],
    [{ type: "integer" }, 1e300, "beyond 2^53-1"],
    [{ type: "integer" }, 1.5, "must be an integer"],
    [{ type: "integer" }, "5000001", "must be an integer"],
    [{ type: "integer" }, null, "must be an integer"],
    [{ type: "number" }, 0.00001, "4 places"],
    [{ type: "number" }, 1e-7, "4 places"],
    [{ type: "number" }, 1e21, "beyond"],
    [{ type: "number" }, 922337203685477.6, "beyond"],
    [{ type: "number" }, "1e3", "4 places"],
    [{ type: "number" }, true, "must be a number"],
    [{ type: "string" }, 5, "must be a string"],
    [{ type: "string" }, "a\ud800", "well-formed"],
    [{ type: "boolean" }, "true", "must be true or false"],
    [{ type: "null" }, 0, "must be null"],
    [{ type: "string", enum: ["a"] }, "b", "one of the values"],
    [{ type: "array", items: { type: "integer" } }, [1, "2"], `"p[1]" must be an integer`],
    [{ type: "object", properties: { k: { type: "integer" } } }, { k: 1.5 }, `"p.k" must be an integer`],
    [{ type: "object", properties: { k: { type: "integer" } }, required: ["k"] }, {}, `"p.k" is required`],
    [{ type: "object", properties: {} }, [], "must be an object"],
    [{ type: "array", prefixItems: [{ type: "string" }], items: false }, ["a", "b"], "array of 1"],
    [{ type: "string", format: "date-time" }, "2026-01-01T00:00:00.0001Z", "millisecond"],
    [{ type: "string", format: "duration" }, "P1M", "months"],
    [{ type: "string", format: "ipv4" }, "10.0.0.0/8", "plain"],
  ])("%j: %j", ([property, value, reason]) => {
    expect(encoded(property, value)).toContain(reason);
  });

  test("-0 is 0", () => {
    expect(Object.is(encoded({ type: "integer" }, -0), 0)).toBe(true);
    expect(encoded({ type: "number" }, -0)).toEqual(extension("decimal", "0.0"));
  });
});

describe("T08: an argument can't pass for a Cedar value", () => {
  const forgeries: Json[] = [
    { __extn: { fn: "decimal", arg: "1.0" } },
    { __extn: { fn: "unknown", arg: "input" } },
    { __entity: { type: "AgentCore::OAuthUser", id: "admin" } },
    { __expr: "true" },
  ];

  test("in place of a scalar it is refused", () => {
    for (const type of ["string", "integer", "number", "boolean", "null"]) {
      for (const forged of forgeries) expect(encoded({ type }, forged)).toContain("must be");
    }
  });

  test("in place of an object its keys are unknown properties", () => {
    for (const forged of forgeries)
      expect(encoded({ type: "object", properties: { k: { type: "string" } } }, forged)).toEqual({});
    const root = encodeInput(actionOf({ k: { type: "string" } }).input, {
      __extn: "x",
      __entity: { type: "A", id: "b" },
      k: "v",
    });
    expect(root).toEqual({ ok: true, input: { k: "v" }, entities: [] });
  });

  test("in place of an untyped value, or under an open object, it is data", () => {
    expect(encoded({}, forgeries[2] ?? null)).toEqual(
      entity("Unknown", `{"__entity":{"id":"admin","type":"AgentCore::OAuthUser"}}`),
    );
    const open = actionOf({ p: { type: "object", additionalProperties: { type: "string" } } });
    const answer = encodeInput(open.input, { p: { __entity: "x" } });
    expect(answer).toMatchObject({ ok: true, entities: [{ tags: { __entity: "x" } }] });
    expect(encodeInput(open.input, { p: forgeries[2] ?? null })).toMatchObject({ ok: false });
  });
});

describe("T23: keys that reach prototypes", () => {
  const polluting: JsonObject = JSON.parse(
    `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x","p":{"__proto__":"y","k":"v"}}`,
  );

  test("neither pollute nor are mistaken for arguments", () => {
    const { input } = actionOf({ p: { type: "object", additionalProperties: { type: "string" } } });
    const answer = encodeInput(input, polluting);
    if (!answer.ok) throw new Error(answer.reason);
    expect(Object.getPrototypeOf(answer.input)).toBeNull();
    expect(Object.keys(answer.input)).toEqual(["p"]);
    expect(Object.keys(answer.entities[0]?.tags ?? {})).toEqual(["__proto__", "k"]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("are arguments where the tool has such arguments", () => {
    const { input } = actionOf({ constructor: { type: "string" }, toString: { type: "string" } });
    expect(encodeInput(input, {})).toMatchObject({ ok: true, input: {} });
    expect(encodeInput(input, JSON.parse(`{"constructor":"a"}`))).toMatchObject({
      ok: true,
      input: { constructor: "a" },
    });
  });
});

describe("texts that are given to Cedar's constructors", () => {
  const accepts = (fn: string, arg: string) =>
    isAuthorized({
      principal: { type: "P", id: "" },
      action: { type: "Action", id: "" },
      resource: { type: "R", id: "" },
      context: { value: { __extn: { fn, arg } } },
      policies: {
        staticPolicies: { p: "permit(principal, action, resource) when { context.value == context.value };" },
      },
      entities: [],
    });
  const agree = (fn: string, arg: string | undefined) => {
    if (arg === undefined) return;
    expect(accepts(fn, arg)).toMatchObject({ type: "success", response: { decision: "allow" } });
  };
  const digits = (max: number) => fc.stringMatching(new RegExp(`^\\d{1,${max}}$`));

  test("are accepted by Cedar, whatever they were made of", () => {
    const two = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, "0"));
    const time = fc
      .tuple(
        fc.integer({ min: 0, max: 9999 }),
        two,
        two,
        two,
        two,
        two,
        fc.constantFrom("", ".5", ".123", ".1230"),
        fc.constantFrom("Z", "z", "+01:00", "-23:59", "+99:00", ""),
      )
      .map(([y, mo, d, h, m, s, f, o]) => `${String(y).padStart(4, "0")}-${mo}-${d}T${h}:${m}:${s}${f}${o}`);
    const span = fc
      .tuple(digits(12), digits(12), digits(12), digits(4))
      .map(([d, h, s, f]) => `P${d}DT${h}H${s}.${f}S`);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => agree("decimal", decimalOfNumber(n))),
    );
    fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), (n) => agree("decimal", decimalOfNumber(n / 10_000))));
    fc.assert(fc.property(fc.tuple(digits(16), digits(5)), ([w, f]) => agree("decimal", decimalOfText(`-${w}.${f}`))));
    fc.assert(fc.property(time, (text) => agree("datetime", datetime(text))));
    fc.assert(fc.property(span, (text) => agree("duration", duration(text))));
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => agree("ip", ipAddress(text))));
  });

  test("mean the same number", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), (n) => {
        const text = decimalOfNumber(n / 10_000);
        if (text !== undefined) expect(Number(text)).toBe(n / 10_000 === 0 ? 0 : n / 10_000);
      }),
    );
    expect([decimalOfNumber(0.1), decimalOfNumber(922337203685477.5), decimalOfText("922337203685477.5808")]).toEqual([
      "0.1",
      "922337203685477.5",
      undefined,
    ]);
  });

  test.for([
    "2026-02-29",
    "2026-13-01",
    "2026-01-01T24:00:00Z",
    "2026-01-01T23:59:60Z",
    "2026-01-01 00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+24:00",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "26-01-01",
    "",
  ])("no time: %s", (text) => {
    expect(datetime(text)).toBeUndefined();
  });

  test.for(["P", "PT", "P1Y", "P1M", "-P1D", "P1DT", "1d", "P1W1D", ""])("no duration: %s", (text) => {
    expect(duration(text)).toBeUndefined();
  });
});
