import type { TokenRequest } from "@gatehouse/core/identity/outbound/credentials.ts";
import { outboundFetch } from "@gatehouse/core/outbound.ts";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "../support/authorizationServer.ts";
import { accessToken, consent } from "../support/consent.ts";
import { clientNamed, startTestVault, type TestVault } from "../support/vault.ts";

let vault: TestVault;
let server: AuthorizationServer;

/** How far the clocks of Gatehouse's processes are ahead, in milliseconds. */
let ahead = 0;
const now = () => new Date(Date.now() + ahead);

beforeAll(async () => {
  vault = await startTestVault();
  const client_id = "calendar";
  server = await startAuthorizationServer({
    clients: [clientNamed(client_id)],
    accessTokenSeconds: 3_600,
  });
  await vault.oauth2Provider({ name: client_id, oauthDiscovery: { discoveryUrl: server.discoveryUrl } });
});
afterAll(async () => {
  await server?.stop();
  await vault?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  ahead = 0;
  server.answerWith(undefined);
  server.beforeAnswer = async () => {};
});

const process = (overrides: Parameters<TestVault["process"]>[0] = {}) => vault.process({ now, ...overrides });

/** A user who has consented; the server's memory of grants begins after that. */
async function consented(name: string = crypto.randomUUID()) {
  const user = { kind: "id", id: name } as const;
  const request = { provider: "calendar", agent: "agent", user, scopes: ["read"], flow: "USER_FEDERATION" } as const;
  await consent(process(), request, name);
  server.requests.length = 0;
  return request satisfies TokenRequest;
}

describe("a token that ends", () => {
  test("is refreshed before its end, and again with the rotated refresh token", async () => {
    const request = await consented("alice");
    const subject = process();
    const first = await accessToken(subject, request);
    ahead = 3_530_000;
    expect(await accessToken(subject, request)).toBe(first);
    ahead = 3_550_000;
    const second = await accessToken(subject, request);
    expect(second).not.toBe(first);
    expect(await accessToken(process(), request)).toBe(second);
    ahead = 2 * 3_550_000;
    const third = await accessToken(process(), request);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(decodeJwt(third)).toMatchObject({ sub: "alice", client_id: "calendar" });
    expect(server.grants).toEqual(["refresh_token", "refresh_token"]);
  });

  test("is refreshed once for fifty calls, in one process and in several", async () => {
    for (const count of [1, 5]) {
      ahead = 0;
      const request = await consented();
      ahead = 3_700_000;
      const processes = Array.from({ length: count }, () => process());
      const tokens = await Promise.all(
        processes.flatMap((each) => Array.from({ length: 50 / count }, () => accessToken(each, request))),
      );
      expect(new Set(tokens).size).toBe(1);
      expect(server.grants).toEqual(["refresh_token"]);
    }
  });

  test("does while somebody else refreshes it and it is still alive", async () => {
    const request = await consented();
    const first = await accessToken(process(), request);
    ahead = 3_550_000;
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    server.beforeAnswer = () => {
      reached.resolve();
      return held.promise;
    };
    const refreshing = accessToken(process(), request);
    await reached.promise;
    expect(await accessToken(process(), request)).toBe(first);
    held.resolve();
    expect(await refreshing).not.toBe(first);
    expect(server.grants).toEqual(["refresh_token"]);
  });

  test("does while its issuer fails, which is then left alone, and no longer than it is alive", async () => {
    const request = await consented();
    const subject = process();
    const first = await accessToken(subject, request);
    server.answerWith(() => new Response("away", { status: 503 }));
    ahead = 3_550_000;
    expect(await accessToken(subject, request)).toBe(first);
    expect(await accessToken(subject, request)).toBe(first);
    expect(server.grants).toHaveLength(1);
    ahead = 3_610_000;
    await expect(accessToken(subject, request)).rejects.toMatchObject({ name: "CredentialError" });
    // Nothing was lost by that.
    server.answerWith(undefined);
    expect(await accessToken(subject, request)).not.toBe(first);
  });

  test("leads to a new consent where the issuer takes its refresh token no more", async () => {
    const request = await consented("carol");
    await server.revoke("carol");
    ahead = 3_700_000;
    const subject = process();
    const answers = await Promise.all(Array.from({ length: 10 }, () => subject.credentials.token(request)));
    for (const answer of answers) expect(answer).toMatchObject({ sessionStatus: "IN_PROGRESS" });
    expect(server.grants).toEqual(["refresh_token"]);
    expect(await process().credentials.token(request)).toHaveProperty("sessionUri");
    expect(server.grants).toEqual(["refresh_token"]);
    await consent(subject, request, "carol");
    expect(decodeJwt(await accessToken(subject, request)).sub).toBe("carol");
  });

  test("is not given up for an error of the client", async () => {
    const request = await consented();
    ahead = 3_700_000;
    server.answerWith(() => Response.json({ error: "invalid_client" }, { status: 401 }));
    await expect(accessToken(process(), request)).rejects.toMatchObject({ oauthError: "invalid_client" });
    server.answerWith(undefined);
    expect(await accessToken(process(), request)).toBeTruthy();
  });

  test("is refreshed by another process when the one that did so has died", async () => {
    const request = await consented();
    ahead = 3_700_000;
    // A process that never comes back from its request.
    const gone = new AbortController();
    const asked = Promise.withResolvers<void>();
    const dying = process({
      fetch: async (address, init) => {
        if (init?.method !== "POST") return outboundFetch(address, init);
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const lost = dying.credentials.token({ ...request, signal: gone.signal });
    await asked.promise;
    gone.abort();
    await expect(lost).rejects.toThrow();
    ahead += 26_000;
    expect(await accessToken(process(), request)).toBeTruthy();
    expect(server.grants).toEqual(["refresh_token"]);
  });

  test("that a target has refused is replaced", async () => {
    const request = await consented();
    const subject = process();
    const rejected = await accessToken(subject, request);
    const next = await accessToken(subject, { ...request, rejected });
    expect(next).not.toBe(rejected);
    expect(await accessToken(subject, request)).toBe(next);
    expect(server.grants).toEqual(["refresh_token"]);
  });
});

test("a new refresh token is not lost to a table that fails for a moment", async () => {
  const request = await consented();
  ahead = 3_700_000;
  let failures = 2;
  const failing = {
    ...vault.vault,
    putTokens: async (...given: Parameters<typeof vault.vault.putTokens>) => {
      if (failures-- > 0) throw new Error("The table is away.");
      return vault.vault.putTokens(...given);
    },
  };
  await accessToken(process({ vault: failing }), request);
  ahead *= 2;
  expect(await accessToken(process(), request)).toBeTruthy();
  expect(server.grants).toEqual(["refresh_token", "refresh_token"]);
});

test("T04 a row that was moved to another owner gives nothing", async () => {
  const { ScanCommand, PutCommand } = await import("@aws-sdk/lib-dynamodb");
  const [alice, bob] = [await consented("alice-2"), await consented("bob-2")];
  const TableName = vault.database.tables.vault;
  const rows = async () => {
    const { Items = [] } = await vault.database.client.send(new ScanCommand({ TableName }));
    return Items.filter(({ pk }) => String(pk).startsWith("TOKEN#"));
  };
  const { key } = await keysOf(alice);
  const { key: bobs } = await keysOf(bob);
  const row = (await rows()).find(({ pk }) => pk === key.pk);
  expect(row).toBeDefined();
  await vault.database.client.send(new PutCommand({ TableName, Item: { ...row, ...bobs } }));
  expect(await process().credentials.token(bob)).toHaveProperty("sessionUri");
  expect(await accessToken(process(), alice)).toBeTruthy();
});

async function keysOf(request: TokenRequest) {
  const { ownershipOf } = await import("@gatehouse/core/identity/outbound/owner.ts");
  return ownershipOf(await vault.repository.oauth2Providers.existing(request.provider), request, request);
}
