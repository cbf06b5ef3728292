import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestDatabase, type TestDatabase } from "./testing.ts";
import { type VaultRepository, vaultRepository } from "./vaultRepository.ts";

let database: TestDatabase;
let vault: VaultRepository;
beforeAll(async () => {
  database = await startTestDatabase();
  vault = vaultRepository({ client: database.client, table: database.tables.vault });
});
afterAll(() => database.stop());

const now = 1_800_000_000_000;
const newKey = () => ({ pk: `TOKEN#${randomUUID()}`, sk: `SCOPES#${randomUUID()}` });
const leaseOf = (owner: string, at = now) => ({ owner, now: at, until: at + 1_000 });
const tokens = (version: string) => ({ sealed: `sealed ${version}`, version, expiresAt: now / 1_000 + 60 });

test("of many who want a lease one gets it, and the others once it is over", async () => {
  const key = newKey();
  const wanted = await Promise.all(
    Array.from({ length: 20 }, (_, index) => vault.lease(key, leaseOf(`owner ${index}`), undefined)),
  );
  expect(wanted.filter(Boolean)).toHaveLength(1);
  expect(await vault.tokens(key)).toEqual({ leaseUntil: now + 1_000 });
  expect(await vault.lease(key, leaseOf("late", now + 999), undefined)).toBe(false);
  expect(await vault.lease(key, leaseOf("late", now + 1_000), undefined)).toBe(true);
});

test("a lease is of the tokens that were read", async () => {
  const key = newKey();
  await vault.lease(key, leaseOf("first"), undefined);
  expect(await vault.putTokens(key, "first", tokens("1"))).toBe(true);
  expect(await vault.tokens(key)).toEqual({ tokens: { sealed: "sealed 1", version: "1" } });
  expect(await vault.lease(key, leaseOf("second"), undefined)).toBe(false);
  expect(await vault.lease(key, leaseOf("second"), "0")).toBe(false);
  expect(await vault.lease(key, leaseOf("second"), "1")).toBe(true);
});

test("who has lost the lease neither stores, nor drops, nor releases", async () => {
  const key = newKey();
  await vault.lease(key, leaseOf("slow"), undefined);
  await vault.lease(key, leaseOf("next", now + 5_000), undefined);
  expect(await vault.putTokens(key, "slow", tokens("1"))).toBe(false);
  expect(await vault.drop(key, "slow")).toBe(false);
  await vault.release(key, "slow");
  expect(await vault.tokens(key)).toEqual({ leaseUntil: now + 6_000 });
  await vault.release(key, "next");
  expect(await vault.tokens(key)).toEqual({});
});

test("a session takes each step once, in order, in its time", async () => {
  const id = randomUUID();
  const expiresAt = now / 1_000 + 600;
  await vault.beginSession(id, { sealedRequest: "request", expiresAt });
  await expect(vault.beginSession(id, { sealedRequest: "another", expiresAt })).rejects.toThrow();
  const sent = { from: "BEGUN", to: "SENT", sealedProof: "proof" } as const;
  expect(await vault.advance(id, { from: "SENT", to: "ANSWERED" }, now)).toBe(false);
  expect(await vault.advance(id, sent, expiresAt * 1_000)).toBe(false);
  const steps = await Promise.all(Array.from({ length: 10 }, () => vault.advance(id, sent, now)));
  expect(steps.filter(Boolean)).toHaveLength(1);
  expect(await vault.session(id)).toMatchObject({ status: "SENT", sealedRequest: "request", sealedProof: "proof" });
  expect(await vault.answer(id, "tokens", now)).toBe(false);
  expect(await vault.advance(id, { from: "SENT", to: "ANSWERED" }, now)).toBe(true);
  expect(await vault.answer(id, "tokens", now)).toBe(true);
  expect(await vault.answer(id, "others", now)).toBe(false);
  const session = await vault.session(id);
  expect(session).toMatchObject({ status: "ANSWERED", sealedTokens: "tokens" });
  expect(session).not.toHaveProperty("sealedProof");
});

test("a session is completed once, its tokens replace those that are there, and a lease on those ends", async () => {
  const [id, key] = [randomUUID(), newKey()];
  await vault.beginSession(id, { sealedRequest: "request", expiresAt: now / 1_000 + 600 });
  await vault.lease(key, leaseOf("refreshing"), undefined);
  expect(await vault.complete(id, key, tokens("1"), now)).toBe(false);
  await vault.advance(id, { from: "BEGUN", to: "SENT" }, now);
  await vault.advance(id, { from: "SENT", to: "ANSWERED" }, now);
  expect(await vault.complete(id, key, tokens("1"), now)).toBe(false);
  await vault.answer(id, "tokens", now);
  expect(await vault.complete(id, key, tokens("1"), now)).toBe(true);
  expect(await vault.complete(id, key, tokens("2"), now)).toBe(false);
  expect(await vault.putTokens(key, "refreshing", tokens("old"))).toBe(false);
  expect(await vault.tokens(key)).toEqual({ tokens: { sealed: "sealed 1", version: "1" } });
  expect(await vault.session(id)).not.toHaveProperty("sealedTokens");
});

test("a session that has failed keeps nothing of what it was given", async () => {
  const id = randomUUID();
  await vault.beginSession(id, { sealedRequest: "request", expiresAt: now / 1_000 + 600 });
  await vault.advance(id, { from: "BEGUN", to: "SENT", sealedProof: "proof" }, now);
  await vault.advance(id, { from: "SENT", to: "FAILED", failure: "access_denied" }, now);
  const session = await vault.session(id);
  expect(session).toMatchObject({ status: "FAILED", failure: "access_denied" });
  expect(session).not.toHaveProperty("sealedProof");
});

test("a table that isn't there is an error, not a no", async () => {
  const away = vaultRepository({ client: database.client, table: "no-such-table" });
  await expect(away.lease(newKey(), leaseOf("owner"), undefined)).rejects.toThrow();
  await expect(away.complete("id", newKey(), tokens("1"), now)).rejects.toThrow();
  await expect(away.tokens(newKey())).rejects.toThrow();
});
