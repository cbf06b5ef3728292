import { expect, test } from "vitest";
import { encode } from "../encode.ts";
import { readInput } from "../input.ts";
import { matchOperation, operations } from "../operations.ts";
import { administrationConstraints } from "./constraints.ts";
import { administrationOperations } from "./operations.ts";

/** What a handler is given for a request. */
function inputOf(method: string, path: string, body?: object, query: Record<string, string[]> = {}) {
  const match = matchOperation(method, path);
  if (match === undefined) throw new Error(`No operation answers ${method} ${path}.`);
  const headers = { "content-type": "application/json" };
  const text = body === undefined ? "" : JSON.stringify(body);
  const input = readInput(match, { method, path, query, headers, body: text, sourceIp: "127.0.0.1" });
  return { name: match.operation.name, status: match.operation.status, input };
}

test.each([
  [
    "POST",
    "/access-keys",
    { name: "ci", roles: ["analyst"] },
    "CreateAccessKey",
    201,
    { name: "ci", roles: ["analyst"] },
  ],
  ["GET", "/access-keys", undefined, "ListAccessKeys", 200, {}],
  [
    "POST",
    "/access-keys/GHAKABCDEFGHIJKLMNOP/rotate",
    { graceSeconds: 60 },
    "RotateAccessKey",
    201,
    { accessKeyId: "GHAKABCDEFGHIJKLMNOP", graceSeconds: 60 },
  ],
  [
    "DELETE",
    "/access-keys/GHAKABCDEFGHIJKLMNOP",
    undefined,
    "DeleteAccessKey",
    200,
    { accessKeyId: "GHAKABCDEFGHIJKLMNOP" },
  ],
  ["GET", "/administration/policies", undefined, "GetAdministrationPolicies", 200, {}],
  [
    "PUT",
    "/administration/policies",
    { policies: "// none", version: 3 },
    "PutAdministrationPolicies",
    200,
    { policies: "// none", version: 3 },
  ],
  ["DELETE", "/administration/policies", undefined, "DeleteAdministrationPolicies", 200, {}],
])("%s %s with %j is %s", (method, path, body, name, status, input) => {
  expect(inputOf(method, path, body)).toEqual({ name, status, input });
});

test("times are read as RFC 3339, and queries as what they are", () => {
  const { input } = inputOf("POST", "/access-keys", { name: "ci", roles: ["a"], expiresAt: "2027-01-01T00:00:00Z" });
  expect(input).toMatchObject({ expiresAt: new Date("2027-01-01T00:00:00Z") });
  expect(inputOf("GET", "/access-keys", undefined, { maxResults: ["5"], nextToken: ["x"] }).input).toEqual({
    maxResults: 5,
    nextToken: "x",
  });
  expect(inputOf("DELETE", "/administration/policies", undefined, { version: ["7"] }).input).toEqual({ version: 7 });
});

test("what is missing or of a wrong type is named", () => {
  expect(() => inputOf("POST", "/access-keys", { roles: "admin" })).toThrow(/name is required; roles must be a list/);
});

test("answers are written as they are described, and nothing besides", () => {
  const output = matchOperation("POST", "/access-keys")?.operation.output;
  if (output === undefined) throw new Error("There is no such operation.");
  const key = { accessKeyId: "GHAK", secretAccessKey: "s", name: "ci", roles: ["analyst"], createdAt: new Date(0) };
  const { createdAt: _, ...rest } = key;
  expect(encode(output, { ...key, sealedSecret: "x" })).toEqual({ ...rest, createdAt: "1970-01-01T00:00:00.000Z" });
  expect(output.getMemberSchemas().secretAccessKey?.getMergedTraits().sensitive).toBe(1);
});

test("no operation of ours has the name or the place of one of the SDK's", () => {
  expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
  const places = operations.map(({ method, segments }) =>
    [method, ...segments.map((segment) => (segment.startsWith("{") ? "{}" : segment))].join("/"),
  );
  expect(new Set(places).size).toBe(places.length);
});

test("constraints are of members that there are", () => {
  const inputs = new Map(operations.map(({ input }) => [input.getName(), Object.keys(input.getMemberSchemas())]));
  for (const [structure, members] of Object.entries(administrationConstraints)) {
    expect([structure, inputs.get(structure)]).toEqual([structure, expect.arrayContaining(Object.keys(members))]);
  }
  expect(administrationOperations).toHaveLength(7);
});
