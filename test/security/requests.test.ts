import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let bearer: { Authorization: string };

beforeAll(async () => {
  upstream = await startUpstream();
  gatehouse = await startGatehouse();
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    small: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 5000000 };`,
    echo: `permit(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}");`,
  });
  bearer = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});
beforeEach(() => {
  upstream.calls.length = 0;
});

/** Sends a body that must not reach the target, and gives the answer with the decision that it left in the ledger. */
async function rejected(body: string | object, headers: Record<string, string> = {}) {
  const before = (await gatehouse.decisions(gateway)).length;
  const answer = await post(gateway.url, body, { ...bearer, ...headers });
  expect(upstream.calls).toEqual([]);
  const added = (await gatehouse.decisions(gateway)).slice(before);
  expect(added).toHaveLength(1);
  expect(added[0]).toMatchObject({ principal: { id: "alice" }, decision: "DENY" });
  return { ...answer, decision: added[0] };
}

describe("T01, T02, T03 nobody gets in without a token for this gateway", () => {
  const call = toolsCall("Up___echo", {});

  test.each([
    ["no token", async () => ({})],
    ["another scheme", async () => ({ Authorization: "Basic YWxpY2U6YWxpY2U=" })],
    ["an empty token", async () => ({ Authorization: "Bearer " })],
    ["a made-up token", async () => ({ Authorization: "Bearer abc" })],
    ["a token beside another", async () => ({ Authorization: `${bearer.Authorization}, Bearer abc` })],
    [
      "a wrong audience",
      async () => ({
        Authorization: `Bearer ${await gatehouse.token({ ...gateway, url: "http://elsewhere" }, "alice")}`,
      }),
    ],
    [
      "an expired token",
      async () => {
        const claims = { sub: "alice", client_id: "agent", aud: gateway.url, expiresInSeconds: -60 };
        return { Authorization: `Bearer ${await gatehouse.host.idp.token(claims)}` };
      },
    ],
  ])("%s: 401 with a challenge that leads to the issuer", async (_, headers) => {
    const { status, headers: answered, body } = await post(gateway.url, call, await headers());
    expect(status).toBe(401);
    expect(body?.error).toBeDefined();
    expect(upstream.calls).toEqual([]);
    const challenge = answered.get("www-authenticate") ?? "";
    const metadataUrl = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? "";
    const metadata = await (await fetch(metadataUrl)).json();
    expect(metadata).toMatchObject({ resource: gateway.url, authorization_servers: [gatehouse.host.idp.issuer] });
  });

  test("T01 the caller's token is never sent to the target", async () => {
    const { status } = await post(gateway.url, call, bearer);
    expect(status).toBe(200);
    expect(upstream.calls).toHaveLength(1);
    const sent = JSON.stringify([...(upstream.calls[0]?.headers ?? [])]);
    expect(sent).not.toContain(bearer.Authorization.slice("Bearer ".length));
    expect(upstream.calls[0]?.headers.get("authorization")).toBeNull();
  });

  test("a token without the scope that is needed: 403, and on record, because it is known whose it is", async () => {
    const current = await gatehouse.createGateway({ scope: "tools" });
    const authorization = { Authorization: `Bearer ${await gatehouse.token(current, "alice")}` };
    const { status, headers } = await post(current.url, call, authorization);
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    expect(await gatehouse.decisions(current)).toMatchObject([{ outcome: "rejected", principal: { id: "alice" } }]);
  });

  test("a token in the query is no token", async () => {
    const token = bearer.Authorization.slice("Bearer ".length);
    expect((await post(`${gateway.url}?access_token=${token}`, call)).status).toBe(401);
  });

  test("an unknown gateway: 404", async () => {
    const url = gateway.url.replace(gateway.id, "nobody-0123456789");
    expect((await post(url, call, bearer)).status).toBe(404);
  });
});

describe("T04, T05 nothing of one caller or gateway reaches another", () => {
  test("a token for one gateway opens no other", async () => {
    const other = await gatehouse.createGateway();
    expect((await post(other.url, toolsCall("Up___echo", {}), bearer)).status).toBe(401);
  });

  test("64 callers at once each get their own answer, and their own name in the ledger", async () => {
    const users = Array.from({ length: 64 }, (_, index) => `user-${index}`);
    const answers = await Promise.all(
      users.map(async (user, index) => {
        const token = await gatehouse.token(gateway, user);
        const headers = { Authorization: `Bearer ${token}` };
        // The same JSON-RPC id on purpose: answers must not be matched by it across callers.
        return post(gateway.url, toolsCall("Up___echo", { text: `${user}/${index}` }, 7), headers);
      }),
    );
    answers.forEach(({ body }, index) => {
      expect(textOf(body?.result)).toBe(JSON.stringify({ text: `${users[index]}/${index}` }));
    });
    const decisions = await gatehouse.decisions(gateway);
    expect(new Set(decisions.map(({ principal }) => principal.id))).toEqual(new Set(["alice", ...users]));
  });

  test("a session id of the client's own making opens nothing and changes nothing", async () => {
    const session = { "Mcp-Session-Id": "someone-elses" };
    expect((await post(gateway.url, toolsCall("Up___echo", {}), session)).status).toBe(401);
    const { status, headers } = await post(gateway.url, toolsCall("Up___echo", {}), { ...bearer, ...session });
    expect(status).toBe(200);
    expect(headers.get("mcp-session-id")).toBeNull();
    expect((await gatehouse.decisions(gateway)).at(-1)?.principal.id).toBe("alice");
  });
});

describe("T07 a web page or a rebound name cannot reach the endpoint", () => {
  test("a foreign Origin is refused", async () => {
    const headers = { ...bearer, Origin: "https://evil.example" };
    expect((await post(gateway.url, toolsCall("Up___echo", {}), headers)).status).toBe(403);
    expect(upstream.calls).toEqual([]);
  });
});

describe("T08 what two readers could read differently is refused", () => {
  test.each([
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Up___transfer","arguments":{"amount":1,"amount":9000000}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Up___transfer","arguments":{"amount":1,"AMOUNT":9000000}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Up___echo","name":"Up___fail","arguments":{}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"Up___echo"}}',
  ])("duplicate keys: %s", async (text) => {
    const { status, body, decision } = await rejected(text);
    expect(status).toBe(400);
    expect(body?.error?.code).toBe(-32_700);
    expect(decision).toMatchObject({ outcome: "rejected", reason: expect.stringContaining("occurs twice") });
  });

  test("the target gets the very arguments that were authorised, in their order", async () => {
    const args = { amount: 1, to: "é\u{1f600}", extra: { b: 1, a: [null, 1.5, true] } };
    await post(gateway.url, toolsCall("Up___transfer", args), bearer);
    expect(JSON.stringify(upstream.calls[0]?.params?.arguments)).toBe(JSON.stringify(args));
  });

  test("a parameter in another spelling does not slip past policy to a target that reads without case", async () => {
    const { body, decision } = await rejected(toolsCall("Up___transfer", { amount: 1, To: "mallory" }));
    expect(textOf(body?.result)).toContain('must be spelt "to"');
    expect(decision?.outcome).toBe("rejected");
  });

  test("Cedar's own escapes in arguments are data, not values of the policy language", async () => {
    const { body } = await rejected(toolsCall("Up___transfer", { amount: { __extn: { fn: "decimal", arg: "1.0" } } }));
    expect(body?.result?.isError).toBe(true);
  });
});

describe("T09 batches are refused", () => {
  test.each([[[toolsCall("Up___echo", {})]], [[]], [[toolsCall("Up___echo", {}), toolsCall("Up___fail", {}, 2)]]])(
    "%j",
    async (batch) => {
      const { status, body, decision } = await rejected(batch);
      expect(status).toBe(400);
      expect(body?.error?.code).toBe(-32_600);
      expect(decision?.outcome).toBe("rejected");
    },
  );
});

describe("T10 headers and body must agree", () => {
  const modern = (name: string, args: object) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name,
      arguments: args,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
  const headers = (more: Record<string, string>) => ({
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "Up___transfer",
    "Mcp-Param-Amount": "1",
    ...more,
  });

  test("a request that agrees passes", async () => {
    const { status, body } = await post(gateway.url, modern("Up___transfer", { amount: 1 }), {
      ...bearer,
      ...headers({}),
    });
    expect(status).toBe(200);
    expect(body?.result?.isError).toBeFalsy();
    expect(upstream.calls).toHaveLength(1);
  });

  test.each([
    ["the tool", { "Mcp-Name": "Up___echo" }],
    ["the method", { "Mcp-Method": "tools/list" }],
    ["the version", { "MCP-Protocol-Version": "2025-11-25" }],
    ["a mirrored argument", { "Mcp-Param-Amount": "9000000" }],
    ["a mirrored argument in base64", { "Mcp-Param-Amount": "=?base64?OTAwMDAwMA==?=" }],
  ])("a header that names %s otherwise: -32020, before policy, and recorded", async (_, more) => {
    const { status, body, decision } = await rejected(modern("Up___transfer", { amount: 1 }), headers(more));
    expect(status).toBe(400);
    expect(body?.error?.code).toBe(-32_020);
    expect(decision?.outcome).toBe("rejected");
  });

  test("a header that mirrors what is not in the body: -32020", async () => {
    const message = modern("Up___transfer", { amount: 1 });
    const echo = { ...message, params: { ...message.params, name: "Up___transfer", arguments: { amount: null } } };
    const { body } = await rejected(echo, headers({}));
    expect(body?.error?.code).toBe(-32_020);
  });

  test.each([
    ["Mcp-Name", "Up___echo"],
    ["Mcp-Method", "tools/list"],
    ["Mcp-Param-Amount", "9000000"],
  ])("what is there is compared in the era of initialize too: %s", async (name, value) => {
    const { body } = await rejected(toolsCall("Up___transfer", { amount: 1 }), { [name]: value });
    expect(body?.error?.code).toBe(-32_020);
  });

  test("an unsupported version: -32022 with those that are supported", async () => {
    const message = modern("Up___transfer", { amount: 1 });
    message.params._meta["io.modelcontextprotocol/protocolVersion"] = "2099-01-01";
    const { status, body } = await rejected(message, headers({ "MCP-Protocol-Version": "2099-01-01" }));
    expect(status).toBe(400);
    expect(body?.error?.code).toBe(-32_022);
  });
});

describe("T14 numbers and types that policy cannot hold never pass", () => {
  test.each([
    ["9007199254740993", 400],
    ["9223372036854775808", 400],
    ["1e400", 400],
    ["-9007199254740992", 400],
  ])("the number %s is refused as it is written", async (literal, expected) => {
    const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Up___transfer","arguments":{"amount":${literal}}}}`;
    const { status, decision } = await rejected(text);
    expect(status).toBe(expected);
    expect(decision?.reason).toContain("cannot be represented");
  });

  test.each([["5000001"], [1.5], [null], [true], [[1]], [{}]])("the amount %j is no integer", async (amount) => {
    const { status, body, decision } = await rejected(toolsCall("Up___transfer", { amount }));
    expect(status).toBe(200);
    expect(body?.result?.isError).toBe(true);
    expect(textOf(body?.result)).toContain("amount must be integer");
    expect(decision).toMatchObject({ outcome: "rejected", tool: "Up___transfer" });
  });

  test("5000001 is denied, 5000000 and -0 are allowed", async () => {
    expect((await rejected(toolsCall("Up___transfer", { amount: 5_000_001 }))).decision?.outcome).toBe("denied");
    for (const literal of ["5000000", "-0"]) {
      const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Up___transfer","arguments":{"amount":${literal}}}}`;
      expect((await post(gateway.url, text, bearer)).body?.result?.isError).toBeFalsy();
    }
  });
});

describe("T23 keys that reach a prototype are refused", () => {
  test.each(["__proto__", "constructor", "prototype"])("%s in arguments", async (key) => {
    const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Up___echo","arguments":{"${key}":{"isAdmin":true}}}}`;
    expect((await rejected(text)).status).toBe(400);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is no tool", async (name) => {
    expect((await rejected(toolsCall(name, {}))).body?.error?.code).toBe(-32_602);
  });
});

describe("malformed requests get the specified error, invoke nothing, and are recorded", () => {
  test.each([
    ["malformed JSON", "{", 400, -32_700],
    ["an empty body", "", 400, -32_700],
    ["a string", '"tools/call"', 400, -32_600],
    ["nesting without end", "[".repeat(100_000), 400, -32_700],
  ])("%s", async (_, text, expected, code) => {
    const { status, body } = await rejected(text);
    expect(status).toBe(expected);
    expect(body?.error?.code).toBe(code);
  });

  test("a protocol version that nobody speaks: 400", async () => {
    const { status } = await rejected(toolsCall("Up___echo", {}), { "MCP-Protocol-Version": "1999-01-01" });
    expect(status).toBe(400);
  });

  test("an unknown method: -32601", async () => {
    const { body } = await post(gateway.url, { jsonrpc: "2.0", id: 1, method: "tools/destroy" }, bearer);
    expect(body?.error?.code).toBe(-32_601);
    expect(upstream.calls).toEqual([]);
  });

  test("an unknown tool: -32602", async () => {
    const { body, decision } = await rejected(toolsCall("Up___nothing", {}));
    expect(body?.error?.code).toBe(-32_602);
    expect(decision).toMatchObject({ outcome: "rejected", tool: "Up___nothing" });
  });

  test("a call without a name, and arguments that are no object", async () => {
    expect((await rejected({ jsonrpc: "2.0", id: 1, method: "tools/call", params: {} })).body?.error).toBeDefined();
    const { body } = await rejected(toolsCall("Up___echo", "text"));
    expect(body?.error ?? body?.result?.isError).toBeTruthy();
  });

  test("a content type other than JSON: 415", async () => {
    expect((await rejected(toolsCall("Up___echo", {}), { "Content-Type": "text/plain" })).status).toBe(415);
  });

  test("GET and DELETE: 405", async () => {
    expect((await post(gateway.url, "", bearer, "GET")).status).toBe(405);
    expect((await post(gateway.url, "", bearer, "DELETE")).status).toBe(405);
  });
});
