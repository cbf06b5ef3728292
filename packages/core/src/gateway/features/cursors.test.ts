import { afterAll, beforeAll, expect, test } from "vitest";
import { createKeyring, type Keyring } from "../../identity/vault/keyring.ts";
import { startTestKms, type TestKms } from "../../identity/vault/testing.ts";
import { gatewayOf, user } from "../../policy/testing/configuration.ts";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { type Call, createCall } from "../call.ts";
import { featureCatalogueOf } from "./catalogue.ts";
import { createCursors } from "./cursors.ts";

let database: TestDatabase;
let kms: TestKms;
let keyring: Keyring;
beforeAll(async () => {
  [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
  const store = dataKeyRepository({ client: database.client, table: database.tables.config });
  keyring = createKeyring({ kms: kms.connect(), keyId: kms.keyId, store });
});
afterAll(() => Promise.all([database.stop(), kms.stop()]));

interface Of {
  readonly who?: string;
  readonly gatewayId?: string;
  readonly version?: number;
  readonly method?: string;
}

function call({ who = "alice", gatewayId = "docs", version = 1, method = "resources/list" }: Of = {}): Call {
  const configuration = gatewayOf({}, { gatewayId, version });
  const features = featureCatalogueOf(configuration);
  const snapshot = { configuration, tools: new Map(), features, argumentsCheck: () => () => undefined };
  return createCall(snapshot, user({}, who), { jsonrpc: "2.0", id: 1, method }, new Headers());
}

const invalid = { code: -32_602 };

test("T24 a cursor leads on in the list that it was given for, and nowhere else", async () => {
  const cursors = createCursors({ keyring, now: () => new Date(0) });
  const cursor = await cursors.seal(500, call());
  expect(cursor).not.toContain("500");
  expect(await cursors.open(cursor, call())).toBe(500);
  for (const other of [{ who: "mallory" }, { gatewayId: "other" }, { version: 2 }, { method: "prompts/list" }]) {
    await expect(cursors.open(cursor, call(other))).rejects.toMatchObject(invalid);
  }
});

test("T24 a cursor that was made up or altered is none", async () => {
  const cursors = createCursors({ keyring, now: () => new Date(0) });
  const cursor = await cursors.seal(500, call());
  const middle = Math.floor(cursor.length / 2);
  const altered = `${cursor.slice(0, middle)}${cursor[middle] === "A" ? "B" : "A"}${cursor.slice(middle + 1)}`;
  for (const made of ["", "500", altered, cursor.slice(1), 500, null, { position: 500 }]) {
    await expect(cursors.open(made, call())).rejects.toMatchObject(invalid);
  }
});

test("T24 a cursor expires after an hour", async () => {
  let time = 0;
  const cursors = createCursors({ keyring, now: () => new Date(time) });
  const cursor = await cursors.seal(1, call());
  time = 3_599_999;
  expect(await cursors.open(cursor, call())).toBe(1);
  time = 3_600_000;
  await expect(cursors.open(cursor, call())).rejects.toMatchObject(invalid);
});
