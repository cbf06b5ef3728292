import { type CallToolResult, CLIENT_CAPABILITIES_META_KEY } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKeyring, type WrappedDataKey } from "../../../identity/vault/keyring.ts";
import { startTestKms } from "../../../identity/vault/testing.ts";
import type { JsonObject } from "../../../json.ts";
import type { GatewayRecord } from "../../../storage/records.ts";
import { createRequestStates } from "../../requestStates.ts";
import type { Consent, Invocation, TargetKind } from "../target.ts";
import { ConsentNeeded } from "./consentNeeded.ts";
import { elicitingConsent } from "./elicitation.ts";
import { invocationOf, oauthConfiguration, targetWith, userNamed } from "./testing.ts";

const consent: Consent = { sessionUri: "urn:1", authorizationUrl: "https://gh.example.com/oauth/consent?session=1" };
const target = targetWith(oauthConfiguration({ grantType: "AUTHORIZATION_CODE" }));
const done: CallToolResult = { content: [{ type: "text", text: "done" }] };

let kms: Awaited<ReturnType<typeof startTestKms>>;
let kind: TargetKind;
let consented: boolean;
const called: Invocation[] = [];
beforeAll(async () => {
  kms = await startTestKms();
  let key: WrappedDataKey | undefined;
  const store = {
    current: async () => key,
    find: async () => key,
    putIfAbsent: async (made: WrappedDataKey) => {
      key ??= made;
      return key;
    },
  };
  const keyring = createKeyring({ kms: kms.client, keyId: kms.keyId, store });
  const states = createRequestStates({ keyring, now: () => new Date() });
  const answering: TargetKind = {
    async call(invocation) {
      called.push(invocation);
      if (!consented) throw new ConsentNeeded("Orders", invocation.consent ?? consent);
      return done;
    },
    discover: async () => ({ tools: [] }),
  };
  const wrapped = elicitingConsent({ openApiSchema: answering }, states).openApiSchema;
  if (wrapped === undefined) throw new Error("The kind is gone.");
  kind = wrapped;
});
afterAll(() => kms.stop());

const declaring = (elicitation: JsonObject | undefined): JsonObject => ({
  _meta: { [CLIENT_CAPABILITIES_META_KEY]: elicitation === undefined ? {} : { elicitation } },
});
const legacy = { exchange: { era: "legacy", notify: () => {}, gone: new AbortController().signal } } as const;

/** Calls the tool before there is a consent, and gives what the client is to send with the next attempt. */
async function begun(more: Partial<Invocation> = {}): Promise<JsonObject> {
  consented = false;
  const params = declaring({ url: {} });
  const { requestState } = (await kind.call(invocationOf(target, { params, ...more }))) as unknown as JsonObject;
  return {
    ...params,
    requestState: requestState ?? null,
    inputResponses: { "gatehouse/consent": { action: "accept" } },
  };
}

describe("a consent that is needed", () => {
  test("is asked for by a client of 2026-07-28 that opens addresses", async () => {
    consented = false;
    await expect(kind.call(invocationOf(target, { params: declaring({ url: {} }) }))).resolves.toEqual({
      resultType: "input_required",
      inputRequests: {
        "gatehouse/consent": {
          method: "elicitation/create",
          params: {
            mode: "url",
            message: "Orders acts for you, which you have to agree to first.",
            url: consent.authorizationUrl,
          },
        },
      },
      requestState: expect.any(String),
    });
  });

  test.each([
    ["has declared nothing", { params: declaring(undefined) }],
    ["takes forms alone", { params: declaring({}) }],
    ["is of 2025-11-25, whatever it says", { params: declaring({ url: {} }), ...legacy }],
  ])("is an error for a client that %s", async (_, more) => {
    consented = false;
    await expect(kind.call(invocationOf(target, more))).rejects.toMatchObject({ consent });
  });

  test("is the error of 2025-11-25 where the gateway's clients are taken to know it", async () => {
    consented = false;
    const gateway = { gatewayId: "gateway", settings: { urlElicitation: "ASSUMED" } } as GatewayRecord;
    await expect(kind.call(invocationOf(target, { gateway, ...legacy }))).rejects.toMatchObject({
      code: -32_042,
      data: { elicitations: [{ mode: "url", elicitationId: "urn:1", url: consent.authorizationUrl }] },
    });
  });
});

describe("the next attempt", () => {
  test("goes on with the consent that was begun, and its target hears nothing of it", async () => {
    const params = await begun();
    consented = true;
    await expect(kind.call(invocationOf(target, { params }))).resolves.toEqual(done);
    const { consent: resumed, params: passed } = called.at(-1) ?? {};
    expect(resumed).toEqual(consent);
    expect(passed).toEqual(declaring({ url: {} }));
  });

  test("asks for the same consent again as long as there is none", async () => {
    const params = await begun();
    const again = (await kind.call(invocationOf(target, { params }))) as unknown as JsonObject;
    expect(again.resultType).toBe("input_required");
    expect(JSON.stringify(again.inputRequests)).toContain(consent.authorizationUrl);
  });

  test.each(["decline", "cancel", "anything"])("ends where the user's answer is %s", async (action) => {
    const params = { ...(await begun()), inputResponses: { "gatehouse/consent": { action } } };
    const before = called.length;
    await expect(kind.call(invocationOf(target, { params }))).rejects.toMatchObject({ code: "targetConsentDeclined" });
    expect(called).toHaveLength(before);
  });

  test.each([
    ["somebody else's", { principal: userNamed("mallory") }],
    ["of another tool", { tool: { name: "other", inputSchema: {} } }],
    ["of other arguments", { arguments: { amount: 1 } }],
    ["of another target", { target: { ...target, targetId: "OTHER" } }],
    ["of another gateway", { gateway: { gatewayId: "other" } as GatewayRecord }],
  ])("T20 T24 with a state that is %s is refused", async (_, more) => {
    const params = await begun();
    const before = called.length;
    await expect(kind.call(invocationOf(target, { params, ...more }))).rejects.toMatchObject({ code: -32_602 });
    expect(called).toHaveLength(before);
  });

  test.each([undefined, null, "made up", { sessionUri: "urn:2" }])(
    "T20 with the state %j is refused",
    async (requestState) => {
      const params = { ...(await begun()), requestState } as JsonObject;
      await expect(kind.call(invocationOf(target, { params }))).rejects.toMatchObject({ code: -32_602 });
    },
  );

  test("of what a target itself has asked for passes as it is", async () => {
    consented = true;
    const params = { ...declaring({ url: {} }), requestState: "of the target", inputResponses: { theirs: {} } };
    await kind.call(invocationOf(target, { params }));
    expect(called.at(-1)?.params).toEqual(params);
  });
});
