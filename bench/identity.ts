import { createCallers } from "@gatehouse/core/control/administration/callers.ts";
import { secretOf, startTestAdministration } from "@gatehouse/core/control/administration/testing.ts";
import { createIssuers } from "@gatehouse/core/identity/issuer.ts";
import { createJwtVerifier } from "@gatehouse/core/identity/jwt.ts";
import { sign } from "@gatehouse/core/identity/sigv4/testing.ts";
import { startTestIssuer, type TestIssuer, type TestKey } from "@gatehouse/core/identity/testing.ts";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { round, summary } from "./statistics.ts";

const calls = 2_000;
const warmUp = 200;
const coldStarts = 50;

/** Who calls: what it costs to find out, in microseconds at the median and the 99th percentile. */
export async function benchIdentity() {
  return { unit: "microseconds", tokens: await benchTokens(), signatures: await benchSignatures() };
}

/**
 * A token the first time that a process sees its issuer (discovery and keys come from loopback, so that this is without a
 * network), the first time that it sees the token, and every other time. Beside it, jose alone, with its keys at hand:
 * the naive way, which verifies every time.
 */
async function benchTokens() {
  const rows: Record<string, unknown> = {};
  for (const alg of ["RS256", "ES256", "EdDSA"]) {
    const issuer = await startTestIssuer();
    const key = await issuer.addKey(alg);
    const rules = { discoveryUrl: issuer.discoveryUrl, allowedAudience: ["bench"] };
    const verify = (verifier: ReturnType<typeof newVerifier>) => async (token: string) => {
      const { ok } = await verifier.verify(token, rules, "bench@1");
      if (!ok) throw new Error("The token was refused.");
    };
    const one = await tokenOf(issuer, key, 0);
    const fresh = await Promise.all(Array.from({ length: calls + warmUp }, (_, index) => tokenOf(issuer, key, index)));
    const known = newVerifier();
    const keys = createRemoteJWKSet(new URL(`${issuer.issuer}/jwks`));
    rows[alg] = {
      "new issuer": await time(() => verify(newVerifier())(one), { calls: coldStarts, warmUp: 5 }),
      "new token": await time((index) => verify(known)(fresh[index] ?? one)),
      "known token": await time(() => verify(known)(one)),
      "jose alone": await time(() => jwtVerify(one, keys, { issuer: issuer.issuer, audience: "bench" })),
    };
    await issuer.stop();
  }
  return rows;
}

/** A signed request of a client whose key is known: verified every time, because each is signed for itself. */
async function benchSignatures() {
  const plane = await startTestAdministration();
  try {
    await plane.addKey({ accessKeyId: "GHAKBENCHBENCHBENCH", roles: ["caller"] });
    const credentials = { accessKeyId: "GHAKBENCHBENCHBENCH", secretAccessKey: secretOf("GHAKBENCHBENCHBENCH") };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
    const request = { ...(await sign({ body }, { credentials, signingDate: plane.time })), sourceIp: "192.0.2.1" };
    const arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/bench-0123456789";
    const verify = (callers: ReturnType<typeof createCallers>) => async () => {
      const { ok } = await callers.verify(request, arn);
      if (!ok) throw new Error("The signature was refused.");
    };
    const known = createCallers(plane);
    return {
      "key and policies read": await time(() => verify(createCallers(plane))(), { calls: coldStarts, warmUp: 5 }),
      "key and policies known": await time(verify(known)),
    };
  } finally {
    await plane.stop();
  }
}

const newVerifier = () => createJwtVerifier({ issuers: createIssuers({ allowLoopback: true }) });

function tokenOf(issuer: TestIssuer, key: TestKey, serial: number): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const claims = { department: "finance", groups: ["a", "b"], realm_access: { roles: ["c"] }, scope: "call" };
  return issuer.sign(key, {
    iss: issuer.issuer,
    sub: "alice",
    aud: "bench",
    client_id: "agent",
    exp,
    serial,
    ...claims,
  });
}

/** Times calls one after the other, in microseconds; the first ones are for warming up. */
async function time(call: (index: number) => Promise<unknown>, count = { calls, warmUp }) {
  const samples: number[] = [];
  for (let index = 0; index < count.warmUp + count.calls; index++) {
    const start = performance.now();
    await call(index);
    if (index >= count.warmUp) samples.push((performance.now() - start) * 1_000);
  }
  const { p50, p99 } = summary(samples);
  return { p50: round(p50), p99: round(p99) };
}
