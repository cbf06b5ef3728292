import { startAuthorizationServer } from "../test/support/authorizationServer.ts";
import { consent } from "../test/support/consent.ts";
import { clientNamed, startTestVault } from "../test/support/vault.ts";
import { round, summary } from "./statistics.ts";

const calls = 5_000;
const warmUp = 500;
const coldCalls = 100;

/**
 * What a credential costs a call, in microseconds at the median and the 99th percentile: one that the process knows, and
 * one that it reads from the vault and opens. The table is on this machine, so that this is without a network.
 */
export async function benchCredentials() {
  await using vault = await startTestVault();
  await using server = await startAuthorizationServer({ clients: [clientNamed("bench")] });
  await vault.oauth2Provider({ name: "bench", oauthDiscovery: { discoveryUrl: server.discoveryUrl } });
  await vault.apiKeyProvider("bench", "key");
  const of = { provider: "bench", agent: "agent", scopes: ["read"] };
  const user = { kind: "id", id: "alice" } as const;
  const asked = {
    "token of a machine": { ...of, flow: "M2M" },
    "token of a user": { ...of, flow: "USER_FEDERATION", user },
  } as const;
  const warm = vault.process();
  await consent(warm, asked["token of a user"], "alice");
  const rows: Record<string, unknown> = {
    "API key, warm": await time(() => warm.credentials.apiKey("bench"), calls, warmUp),
  };
  for (const [name, request] of Object.entries(asked)) {
    rows[`${name}, warm`] = await time(() => warm.credentials.token(request), calls, warmUp);
    const processes = await Promise.all(
      Array.from({ length: coldCalls + 5 }, async () => {
        const { credentials } = vault.process();
        // Its data key is unwrapped once in the life of a process, which is none of the token's cost.
        await credentials.apiKey("bench");
        return credentials;
      }),
    );
    rows[`${name}, from the vault`] = await time((index) => processes[index]?.token(request), coldCalls, 5);
  }
  return { unit: "microseconds", ...rows };
}

/** Times calls one after the other; the first ones are for warming up. */
async function time(call: (index: number) => Promise<unknown> | undefined, count: number, warmingUp: number) {
  const samples: number[] = [];
  for (let index = 0; index < warmingUp + count; index++) {
    const start = performance.now();
    await call(index);
    if (index >= warmingUp) samples.push((performance.now() - start) * 1_000);
  }
  const { p50, p99 } = summary(samples);
  return { p50: round(p50), p99: round(p99) };
}
