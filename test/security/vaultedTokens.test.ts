import type { TokenRequest, User } from "@gatehouse/core/identity/outbound/credentials.ts";
import { type OutboundFetch, outboundFetch } from "@gatehouse/core/outbound.ts";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "../support/authorizationServer.ts";
import { accessToken, consent } from "../support/consent.ts";
import { clientNamed, startTestVault, type TestVault } from "../support/vault.ts";

const rounds = 12;
const concurrency = 64;
const client_id = "calendar";

let vault: TestVault;
let server: AuthorizationServer;

beforeAll(async () => {
  vault = await startTestVault();
  server = await startAuthorizationServer({
    clients: [clientNamed(client_id)],
  });
  await vault.oauth2Provider({ name: client_id, oauthDiscovery: { discoveryUrl: server.discoveryUrl } });
});
afterAll(async () => {
  await server?.stop();
  await vault?.[Symbol.asyncDispose]();
});

test("T04 two users through one agent never get each other's token, whatever fails", async () => {
  const started = Date.now();
  let ahead = 0;
  // Clocks run fast, so that a lease that was lost is soon over.
  const now = () => new Date(started + ahead + (Date.now() - started) * 50);
  const faults = createFaults();
  const processes = Array.from({ length: 2 }, () =>
    vault.process({
      now,
      fetch: faults.inFetch(outboundFetch),
      vault: faults.in(vault.vault, "database"),
      keyring: faults.in(vault.keyring, "keyring"),
      providers: faults.in(vault.repository, "database"),
    }),
  );
  const sound = vault.process({ now });
  const requests = ["alice", "bob"].map((name) => ({ name, ...requestOf({ kind: "id", id: name }) }));
  for (const request of requests) await consent(sound, request, request.name);

  const outcomes = { alice: 0, bob: 0, consents: 0, failures: 0 };
  for (let round = 0; round < rounds; round++) {
    faults.on = true;
    const answers = await Promise.all(
      Array.from({ length: concurrency }, async (_, index) => {
        const { name, ...request } = requests[index % 2] ?? expect.fail();
        const { credentials } = processes[(index >> 1) % 2] ?? expect.fail();
        const answer = await credentials.token(request).catch((error: Error) => error);
        return { name, answer };
      }),
    );
    faults.on = false;
    for (const { name, answer } of answers) {
      if (answer instanceof Error) outcomes.failures++;
      else if ("sessionUri" in answer) outcomes.consents++;
      else {
        expect(decodeJwt(answer.accessToken).sub).toBe(name);
        outcomes[name as "alice" | "bob"]++;
      }
    }
    // Who has lost their token by a fault consents again, in the middle of the others' calls too.
    for (const { name, ...request } of requests) {
      if ("sessionUri" in (await sound.credentials.token(request))) await consent(sound, request, name);
    }
    // Every other round tokens are to be refreshed.
    if (round % 2 === 0) ahead += 3_700_000;
  }
  for (const { name, ...request } of requests) {
    for (const process of processes) expect(decodeJwt(await accessToken(process, request)).sub).toBe(name);
  }
  // That nothing is mixed up counts only where something was given, and something failed, at every step.
  expect(outcomes.alice).toBeGreaterThan(0);
  expect(outcomes.bob).toBeGreaterThan(0);
  expect(outcomes.failures).toBeGreaterThan(0);
  expect(Object.keys(faults.injected).sort()).toEqual(["database", "fetch", "keyring"]);
});

test("T04 consents of two users at once, with faults at every step, never cross", async () => {
  const faults = createFaults();
  const subject = vault.process({
    fetch: faults.inFetch(outboundFetch),
    vault: faults.in(vault.vault, "database"),
    keyring: faults.in(vault.keyring, "keyring"),
    providers: faults.in(vault.repository, "database"),
  });
  faults.on = true;
  let failures = 0;
  const outcomes = await Promise.all(
    Array.from({ length: concurrency }, async (_, index) => {
      const name = `${index % 2 === 0 ? "alice" : "bob"}-${index}`;
      const request = requestOf({ kind: "id", id: name });
      for (let attempt = 0; attempt < 3; attempt++) {
        const consented = await consent(subject, request, name).catch(() => "failed");
        if (consented !== "failed") break;
        failures++;
      }
      // Whatever has failed: there is a token of that very user, or none.
      const answer = await vault.process().credentials.token(request);
      if (!("accessToken" in answer)) return "none";
      expect(decodeJwt(answer.accessToken).sub).toBe(name);
      return "given";
    }),
  );
  expect(outcomes).toContain("given");
  expect(failures).toBeGreaterThan(0);
});

function requestOf(user: User) {
  const request = { provider: client_id, agent: "agent", user, scopes: ["read"], flow: "USER_FEDERATION" } as const;
  return request satisfies TokenRequest;
}

type Step = "fetch" | "database" | "keyring";

/**
 * Every so many calls of a step fail before it is taken, and every so many after it, when its effect is there and nobody has
 * heard of it.
 */
const every: Readonly<Record<Step, { readonly before: number; readonly after: number }>> = {
  fetch: { before: 3, after: 5 },
  database: { before: 23, after: 29 },
  keyring: { before: 19, after: 31 },
};

function createFaults() {
  const taken: Record<Step, number> = { fetch: 0, database: 0, keyring: 0 };
  const injected: Partial<Record<Step, number>> = {};

  async function perhaps<Result>(step: Step, act: () => Promise<Result>): Promise<Result> {
    const count = faults.on ? ++taken[step] : 1;
    if (count % every[step].before === 0) throw injectedFault(step);
    // Others come between.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const result = await act();
    if (count % every[step].after === 0) throw injectedFault(step);
    return result;
  }

  function injectedFault(step: Step): Error {
    injected[step] = (injected[step] ?? 0) + 1;
    return new TypeError(`injected into ${step}`);
  }

  const faults = {
    on: false,
    injected,
    inFetch:
      (fetchIt: OutboundFetch): OutboundFetch =>
      (address, init) =>
        perhaps("fetch", () => fetchIt(address, init)),
    in<T extends object>(target: T, step: Step): T {
      return new Proxy(target, {
        get(_, name, receiver) {
          const member: unknown = Reflect.get(target, name, receiver);
          if (typeof member !== "function") return member;
          return (...given: unknown[]) => perhaps(step, async () => member.apply(target, given));
        },
      });
    },
  };
  return faults;
}
