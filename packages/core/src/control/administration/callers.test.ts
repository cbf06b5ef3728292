import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lazyCallers } from "../../identity/callers.ts";
import { sign, type Unsigned } from "../../identity/sigv4/testing.ts";
import { callerOf, createCallers } from "./callers.ts";
import { secretOf, startTestAdministration, type TestAdministration } from "./testing.ts";

let plane: TestAdministration;
beforeAll(async () => {
  plane = await startTestAdministration();
});
afterAll(() => plane.stop());
beforeEach(() => plane.reset());

const gatewayArn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/bank-0123456789";
const path = "/gateways/bank-0123456789/mcp";

async function signed(accessKeyId: string, unsigned: Unsigned = {}, secret = secretOf(accessKeyId)) {
  const credentials = { accessKeyId, secretAccessKey: secret };
  const request = await sign({ path, body: "{}", ...unsigned }, { credentials, signingDate: plane.time });
  return { ...request, sourceIp: "192.0.2.1" };
}

describe("whoever has signed", () => {
  test("is the IAM user of the key's name, and the agent is the key", async () => {
    await plane.addKey({ accessKeyId: "GHAKCALLER", name: "agents/billing", roles: ["caller"] });
    expect(await createCallers(plane).verify(await signed("GHAKCALLER"), gatewayArn)).toEqual({
      ok: true,
      principal: {
        type: "AgentCore::IamEntity",
        id: "arn:aws:iam::123456789012:user/agents/billing",
        tags: {},
        agent: "GHAKCALLER",
      },
    });
  });

  test.each([
    ["billing-agent_1+x=y,z.@example", "billing-agent_1+x=y,z.@example"],
    ["the billing agent", "the%20billing%20agent"],
    ["the%20billing%20agent", "the%2520billing%2520agent"],
    ['x"*\\', "x%22*%5C"],
    ["Zoë 🤖", "Zo%C3%AB%20%F0%9F%A4%96"],
    ["\ud800", "%EF%BF%BD"],
  ])("by the name %j is %s", (name, user) => {
    const key = { accessKeyId: "GHAK", name, roles: [], sealedSecret: "", createdAt: "", createdBy: "" };
    expect(callerOf(key, "123456789012").id).toBe(`arn:aws:iam::123456789012:user/${user}`);
  });

  test.each([
    ["caller", true],
    ["admin", true],
    ["policy-author", false],
    ["analyst", false],
    ["nobody-named-this", false],
  ])("with the role %s may invoke a gateway under the shipped policies: %s", async (role, allowed) => {
    await plane.addKey({ accessKeyId: "GHAKCALLER", roles: [role] });
    const callers = createCallers(plane);
    expect(await callers.verify(await signed("GHAKCALLER"), gatewayArn)).toMatchObject({
      ok: allowed,
      principal: { agent: "GHAKCALLER" },
    });
    // Where only authentication is asked for, roles say nothing.
    expect(await callers.verify(await signed("GHAKCALLER"), undefined)).toMatchObject({ ok: true });
  });

  test("may invoke what the policies name, as soon as they do", async () => {
    await plane.addKey({ accessKeyId: "GHAKCALLER", roles: ["billing"] });
    const callers = createCallers(plane);
    const ask = async (arn: string) => (await callers.verify(await signed("GHAKCALLER"), arn)).ok;
    expect(await ask(gatewayArn)).toBe(false);
    await plane.administration.putPolicies(
      await plane.administration.load(),
      {
        policies: `permit(principal in Gatehouse::Role::"billing", action == Gatehouse::Action::"InvokeGateway", resource == Gatehouse::Resource::"${gatewayArn}");`,
        updatedAt: plane.time.toISOString(),
      },
      [],
    );
    plane.time = new Date(plane.time.getTime() + 1_001);
    expect(await ask(gatewayArn)).toBe(true);
    expect(await ask(`${gatewayArn}x`)).toBe(false);
  });

  test("is nobody a second after the key was revoked, and as soon as it expires", async () => {
    await plane.addKey({
      accessKeyId: "GHAKCALLER",
      roles: ["caller"],
      expiresAt: new Date(plane.time.getTime() + 500).toISOString(),
    });
    await plane.addKey({ accessKeyId: "GHAKREVOKED", roles: ["caller"] });
    const callers = createCallers(plane);
    const ask = async (key: string) => (await callers.verify(await signed(key), gatewayArn)).ok;
    expect([await ask("GHAKCALLER"), await ask("GHAKREVOKED")]).toEqual([true, true]);
    await plane.administration.deleteKey(await plane.administration.load(), "GHAKREVOKED", []);
    plane.time = new Date(plane.time.getTime() + 501);
    expect(await ask("GHAKCALLER")).toBe(false);
    plane.time = new Date(plane.time.getTime() + 501);
    expect(await ask("GHAKREVOKED")).toBe(false);
  });
});

describe("T02 nobody is let in", () => {
  test.each<[string, Parameters<typeof signed>[1], string?]>([
    ["with another secret", {}, "guessed"],
    ["with a presigned URL", { query: { "X-Amz-Signature": ["x"] } }, "guessed"],
  ])("%s, and isn't named", async (_, unsigned, secret) => {
    await plane.addKey({ accessKeyId: "GHAKCALLER", roles: ["caller"] });
    const verification = await createCallers(plane).verify(await signed("GHAKCALLER", unsigned, secret), gatewayArn);
    expect(verification).toMatchObject({ ok: false });
    expect("principal" in verification).toBe(false);
  });

  test("by a key of this machine from elsewhere", async () => {
    await plane.addKey({ accessKeyId: "GHAKLOCAL", loopbackOnly: true });
    const callers = createCallers(plane);
    const request = await signed("GHAKLOCAL");
    expect(await callers.verify(request, gatewayArn)).toMatchObject({ ok: false });
    expect(await callers.verify({ ...request, sourceIp: "127.0.0.1" }, gatewayArn)).toMatchObject({ ok: true });
  });

  test("because something failed: the keys, the policies, the secret, the decision", async () => {
    await plane.addKey({ accessKeyId: "GHAKCALLER", roles: ["caller"] });
    const fail = () => Promise.reject(new Error("unreachable"));
    const { administration, keyring } = plane;
    for (const broken of [
      { administration: { accessKey: fail, policies: () => administration.policies() } },
      { administration: { accessKey: (id: string) => administration.accessKey(id), policies: fail } },
      { keyring: { ...keyring, open: fail } },
    ]) {
      const callers = createCallers({ ...plane, ...broken });
      await expect(callers.verify(await signed("GHAKCALLER"), gatewayArn)).rejects.toThrow();
    }
    const undecided = { authorize: () => ({ allowed: false, determiningPolicies: [], reason: "broken" }) };
    const callers = createCallers({ ...plane, authorizer: undecided });
    expect(await callers.verify(await signed("GHAKCALLER"), gatewayArn)).toMatchObject({ ok: false });
  });
});

test("keys and policies are read once a second at most, however many call", async () => {
  await plane.addKey({ accessKeyId: "GHAKCALLER", roles: ["caller"] });
  const { administration } = plane;
  let reads = 0;
  const counted = {
    accessKey: (id: string) => {
      reads++;
      return administration.accessKey(id);
    },
    policies: () => {
      reads++;
      return administration.policies();
    },
  };
  const callers = createCallers({ ...plane, administration: counted });
  const request = await signed("GHAKCALLER");
  await Promise.all(Array.from({ length: 50 }, () => callers.verify(request, gatewayArn)));
  expect(reads).toBe(2);
});

test("what verifies callers is made for the first of them, and again after a failure", async () => {
  await plane.addKey({ accessKeyId: "GHAKCALLER", roles: ["caller"] });
  let made = 0;
  const callers = lazyCallers(async () => {
    if (made++ === 0) throw new Error("not yet");
    return createCallers(plane);
  });
  const request = await signed("GHAKCALLER");
  await expect(callers.verify(request, gatewayArn)).rejects.toThrow("not yet");
  const results = await Promise.all([callers.verify(request, gatewayArn), callers.verify(request, gatewayArn)]);
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(made).toBe(2);
});
