import { expect, test } from "vitest";
import { parseRecordedCall, type RecordedCall } from "./recordedCall.ts";

const call: RecordedCall = {
  time: "2026-11-22T12:00:00.000Z",
  principal: { type: "AgentCore::OAuthUser", id: "alice", tags: { department: "finance" } },
  tool: "Orders___cancel",
  arguments: { amount: 1 },
  decision: "ALLOW",
  determiningPolicies: ["small_orders"],
  decisionId: "d-1",
};

test("a line is a call, with or without what is optional, and with members that nobody knows", () => {
  expect(parseRecordedCall(JSON.stringify(call), 1)).toEqual(call);
  const { determiningPolicies: _, decisionId: __, ...least } = call;
  expect(parseRecordedCall(`${JSON.stringify(least)}\r`, 1)).toEqual(least);
  expect(parseRecordedCall(JSON.stringify({ ...call, agent: "a" }), 1)).toMatchObject(call);
});

const without = (name: keyof RecordedCall) => ({ ...call, [name]: undefined });
test.each([
  ["no JSON", "{", "notJson", /JSON/],
  ["another value", "[]", "notJson", /another value/],
  ["no time", without("time"), "notACall", /^time must be a time of RFC 3339/],
  ["a time without an offset", { ...call, time: "2026-11-22T12:00:00" }, "notACall", /^time must/],
  ["a time that isn't one", { ...call, time: "2026-13-22T12:00:00Z" }, "notACall", /^time must/],
  ["no principal", without("principal"), "notACall", /^principal must be an object/],
  ["a principal without a type", { ...call, principal: { id: "a", tags: {} } }, "notACall", /^principal.type must/],
  ["a principal without an id", { ...call, principal: { type: "a", tags: {} } }, "notACall", /^principal.id must/],
  ["a principal without tags", { ...call, principal: { type: "a", id: "a" } }, "notACall", /^principal.tags must/],
  ["a tag that is a number", { ...call, principal: { ...call.principal, tags: { a: 1 } } }, "notACall", /tags must/],
  ["no tool", without("tool"), "notACall", /^tool must be a string/],
  ["no decision", without("decision"), "notACall", /^decision must be ALLOW or DENY/],
  ["policies that are none", { ...call, determiningPolicies: [1] }, "notACall", /^determiningPolicies must be a list/],
  ["an id that is none", { ...call, decisionId: 1 }, "notACall", /^decisionId must be a string/],
  ["arguments that are none", { ...call, arguments: [] }, "notACall", /^arguments must be an object/],
  ["no arguments", without("arguments"), "notRecorded", /^a call of Orders___cancel at 2026-11-22T12:00:00.000Z$/],
])("%s can't be replayed, and it is said why and where", (_, value, unreplayable, detail) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  expect(parseRecordedCall(text, 17)).toEqual({ unreplayable, detail: expect.stringMatching(detail), line: 17 });
});
