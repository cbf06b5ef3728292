import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { gatewaySettings } from "./fixtures.ts";
import { operations } from "./operations.ts";
import type { ControlRequest } from "./request.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const json = { "content-type": "application/json" };

async function send(method: string, path: string, body: string | object = "", request: Partial<ControlRequest> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await plane.handle({
    method,
    path,
    query: {},
    headers: json,
    body: text,
    sourceIp: "127.0.0.1",
    ...request,
  });
  return { ...answer, content: JSON.parse(answer.body) };
}

test("a time is RFC 3339 or seconds, and nothing that a machine reads by its own zone, or guesses", async () => {
  const create = (expiresAt: unknown) => send("POST", "/access-keys", { name: "ci", roles: ["analyst"], expiresAt });
  for (const time of [
    "2028",
    "7",
    "01/02/2028",
    "2028-01-01",
    "2028-01-01T00:00:00",
    "+012028-01-01T00:00:00Z",
    3e11,
  ]) {
    const { status, content } = await create(time);
    expect([time, status, content.message]).toEqual([time, 400, expect.stringContaining("expiresAt must be a time")]);
  }
  for (const time of ["2028-01-01T01:00:00.5+01:00", Date.parse("2028-01-01T00:00:00.500Z") / 1_000]) {
    expect((await create(time)).content.expiresAt).toBe("2028-01-01T00:00:00.500Z");
  }
});

describe("routes", () => {
  test("every operation of the SDK is found by a path of its own", async () => {
    expect(operations.length).toBeGreaterThan(150);
    const samples = operations.map(({ name, method, segments }) => ({
      name,
      method,
      path: `/${segments.map((segment) => (segment.startsWith("{") ? "a%20b" : segment)).join("/")}`,
    }));
    for (const { name, method, path } of samples) {
      const { content, headers } = await send(method, path, {});
      expect([name, headers["x-amzn-errortype"]]).not.toEqual([name, "UnknownOperationException"]);
      if (/not part of Gatehouse/.test(content.message)) expect(content.message).toContain(`${name} is not part`);
    }
  });

  test("a slash at the end may be there or not, but only one", async () => {
    for (const path of ["/gateways", "/gateways/", "/policy-engines", "/policy-engines/"]) {
      expect((await send("GET", path)).status).toBe(200);
    }
    expect((await send("GET", "/gateways//")).status).toBe(404);
  });

  test("what no operation has is 404 by AWS's name", async () => {
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/nothing"],
      ["BREW", "/gateways"],
      ["get", "/gateways"],
    ] as const) {
      const { status, headers } = await send(method, path);
      expect([status, headers["x-amzn-errortype"]]).toEqual([404, "UnknownOperationException"]);
    }
  });

  test("an operation that isn't built says so by its name", async () => {
    const { status, headers, content } = await send("PUT", "/browsers", {});
    expect([status, headers["x-amzn-errortype"]]).toEqual([400, "ValidationException"]);
    expect(content.message).toBe("CreateBrowser is not part of Gatehouse yet.");
  });

  test("labels are percent-decoded, and what isn't an identifier is refused before anything is read", async () => {
    const { content } = await send("GET", "/gateways/insurance%2Fgateway%20one");
    expect(content.fieldList).toEqual([{ name: "gatewayIdentifier", message: expect.stringContaining("must match") }]);
    for (const path of ["/gateways/%zz", `/gateways/${"a".repeat(5000)}-0123456789`, "/gateways/..%2F..%2F"]) {
      expect((await send("GET", path)).status).toBe(400);
    }
  });
});

describe("bodies", () => {
  const create = (body: string | object, request: Partial<ControlRequest> = {}) =>
    send("POST", "/gateways/", body, request);

  test("every member that is missing or wrong is named", async () => {
    const { status, content } = await create({
      name: 7,
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: { customJWTAuthorizer: { allowedAudience: ["a", null, 3] } },
      protocolConfiguration: {},
    });
    expect(status).toBe(400);
    expect(content.reason).toBe("FieldValidationFailed");
    expect(content.fieldList.map(({ name }: { name: string }) => name).sort()).toEqual([
      "authorizerConfiguration.customJWTAuthorizer.allowedAudience[1]",
      "authorizerConfiguration.customJWTAuthorizer.allowedAudience[2]",
      "authorizerConfiguration.customJWTAuthorizer.discoveryUrl",
      "name",
      "protocolConfiguration",
      "roleArn",
    ]);
  });

  test("unknown members and null are as if they weren't there", async () => {
    expect((await create({ ...gatewaySettings(), description: null, colour: "red" })).status).toBe(202);
  });

  test.each([
    ["not JSON", "{"],
    ["a list", "[]"],
    ["a text", '"text"'],
    ["larger than 1.5 MB", JSON.stringify({ description: "x".repeat(1_500_000) })],
    ["deeper than 64 levels", `{"a":${"[".repeat(70)}${"]".repeat(70)}}`],
    ["deeper than any stack", `{"a":${"[".repeat(400_000)}${"]".repeat(400_000)}}`],
    ["a lone surrogate", '{"name":"\\ud800","roleArn":"r","authorizerType":"CUSTOM_JWT"}'],
  ])("%s is refused", async (_, body) => {
    const { status, headers } = await create(body);
    expect([status, headers["x-amzn-errortype"]]).toEqual([400, "ValidationException"]);
  });

  test("a body must be declared as JSON, which a page in a browser can't do without asking (T07)", async () => {
    const body = JSON.stringify(gatewaySettings());
    for (const headers of [{}, { "content-type": "text/plain" }]) {
      expect((await create(body, { headers })).status).toBe(400);
    }
    expect((await create(body, { headers: { "Content-Type": "application/json; charset=utf-8" } })).status).toBe(202);
  });

  test.each(["__proto__", "constructor"])("T23: the key %s is refused wherever it stands", async (key) => {
    const polluting = `{"${key}":{"polluted":true}}`;
    for (const body of [polluting, `{"tags":${polluting}}`, `{"a":[{"b":${polluting}}]}`]) {
      const { status, content } = await create(body);
      expect(status).toBe(400);
      expect(content.message).toContain(key);
    }
    expect({}).not.toHaveProperty("polluted");
  });

  test("T23: labels and queries named like members of every object mean nothing", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect((await send("GET", `/gateways/${name}`)).status).toBe(400);
      expect((await send("GET", "/gateways", "", { query: Object.fromEntries([[name, ["1"]]]) })).status).toBe(200);
      expect((await send("GET", `/${name}`)).status).toBe(404);
    }
  });
});

describe("queries", () => {
  test.each([["0"], ["1001"], ["1.5"], ["ten"], ["1e2"], [""], ["99999999999999999999"]])(
    "maxResults=%s is refused by name",
    async (value) => {
      const { status, content } = await send("GET", "/gateways", "", { query: { maxResults: [value] } });
      expect(status).toBe(400);
      expect(content.fieldList).toMatchObject([{ name: "maxResults" }]);
    },
  );
});

test("what goes wrong inside is reported, and answered without detail", async () => {
  const get = vi.spyOn(plane.repository, "getGateway").mockRejectedValue(new Error("password=secret"));
  try {
    const { status, headers, content } = await send("GET", "/gateways/some-0123456789");
    expect([status, headers["x-amzn-errortype"]]).toEqual([500, "InternalServerException"]);
    expect(content.message).toContain(headers["x-amzn-requestid"]);
    expect(content.message).not.toContain("secret");
    expect(plane.errors).toContainEqual(new Error("password=secret"));
  } finally {
    get.mockRestore();
    plane.errors.length = 0;
  }
});
