import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import {
  createKeyring,
  type DataKeyStore,
  NotSealedHere,
  type RotatableKeyring,
  secondsUntilFollowed,
  type WrappedDataKey,
} from "./keyring.ts";
import { keyIdOf } from "./sealed.ts";
import { startTestKms, type TestKms } from "./testing.ts";

let database: TestDatabase;
let kms: TestKms;
beforeAll(async () => {
  [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
});
afterAll(() => Promise.all([database.stop(), kms.stop()]));

/** A deployment that has never been used, and its processes. */
async function deployment(): Promise<{ store: DataKeyStore; start: () => RotatableKeyring }> {
  const config = { client: database.client, table: database.tables.config };
  for (const sk of ["DATA-KEY#0001", "DATA-KEY#0002"]) {
    await database.client.send(new DeleteCommand({ TableName: config.table, Key: { pk: "KEYRING", sk } }));
  }
  const store = dataKeyRepository(config);
  return { store, start: () => createKeyring({ kms: kms.connect(), keyId: kms.keyId, store }) };
}

beforeEach(() => {
  kms.asked.length = 0;
  kms.fail(undefined);
});

const context = { purpose: "test", owner: "a" };
const refused = { status: 400, body: JSON.stringify({ __type: "AccessDeniedException", message: "not authorized" }) };
const wellFormed = fc.string({ unit: "binary", maxLength: 200 }).map((text) => text.toWellFormed());
const contexts = fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), { maxKeys: 4 });

test("whoever can't make the key seals with one that was prepared, and with none before", async () => {
  const { store, start } = await deployment();
  const reader = { ...store, putIfAbsent: () => Promise.reject(new Error("not authorized")) };
  const keyring = createKeyring({ kms: kms.connect(), keyId: kms.keyId, store: reader });
  await expect(keyring.seal("text", context)).rejects.toThrow("not authorized");
  await start().prepare();
  expect(await start().open(await keyring.seal("text", context), context)).toBe("text");
});

describe("a sealed text", () => {
  test("opens as it was, under its context, whatever it is", async () => {
    const keyring = (await deployment()).start();
    await fc.assert(
      fc.asyncProperty(wellFormed, contexts, async (text, own) => {
        const sealed = await keyring.seal(text, own);
        expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(await keyring.open(sealed, Object.fromEntries(Object.entries(own).reverse()))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test("doesn't open under any other context", async () => {
    const keyring = (await deployment()).start();
    await fc.assert(
      fc.asyncProperty(contexts, contexts, async (own, other) => {
        fc.pre(JSON.stringify(Object.entries(own).sort()) !== JSON.stringify(Object.entries(other).sort()));
        await expect(keyring.open(await keyring.seal("text", own), other)).rejects.toBeInstanceOf(NotSealedHere);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [{ a: "b", c: "d" }, { a: 'b","c","d' }],
    [{ ab: "c" }, { a: "bc" }],
    [{ a: "" }, {}],
  ])("tells the context %o from %o", async (own, other) => {
    const keyring = (await deployment()).start();
    await expect(keyring.open(await keyring.seal("text", own), other)).rejects.toBeInstanceOf(NotSealedHere);
  });

  test("doesn't open once it was altered, wherever", async () => {
    const keyring = (await deployment()).start();
    const sealed = await keyring.seal("text", context);
    const character = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. ");
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length - 1 }), character, async (at, other) => {
        fc.pre(sealed[at] !== other);
        const altered = sealed.slice(0, at) + other + sealed.slice(at + 1);
        await expect(keyring.open(altered, context)).rejects.toBeInstanceOf(NotSealedHere);
      }),
      { numRuns: 300 },
    );
    for (const altered of [sealed.slice(0, -1), sealed.slice(1), `${sealed}A`, `${sealed}\n`, "", "text"]) {
      await expect(keyring.open(altered, context)).rejects.toBeInstanceOf(NotSealedHere);
    }
  });

  test("is another one each time", async () => {
    const keyring = (await deployment()).start();
    expect(await keyring.seal("text", context)).not.toBe(await keyring.seal("text", context));
  });

  test("of another deployment doesn't open", async () => {
    const sealed = await (await deployment()).start().seal("text", context);
    await expect((await deployment()).start().open(sealed, context)).rejects.toBeInstanceOf(NotSealedHere);
  });

  test("can't be made of half a surrogate pair, which would come back as another text", async () => {
    const keyring = (await deployment()).start();
    await expect(keyring.seal("\ud800", context)).rejects.toMatchObject({ code: "validation" });
  });
});

describe("the data key", () => {
  test("is unwrapped once a process, however many ask at once", async () => {
    const keyring = (await deployment()).start();
    const sealed = await Promise.all(["a", "b", "c"].map((text) => keyring.seal(text, context)));
    expect(await Promise.all(sealed.map((text) => keyring.open(text, context)))).toEqual(["a", "b", "c"]);
    expect(kms.asked).toEqual(["GenerateDataKey", "Decrypt"]);
  });

  test("outlives the process", async () => {
    const { start } = await deployment();
    const sealed = await start().seal("text", context);
    kms.asked.length = 0;
    expect(await start().open(sealed, context)).toBe("text");
    expect(kms.asked).toEqual(["Decrypt"]);
  });

  test("is one for processes that start at once", async () => {
    const { start } = await deployment();
    const keyrings = Array.from({ length: 5 }, start);
    const sealed = await Promise.all(keyrings.map((keyring, index) => keyring.seal(`text ${index}`, context)));
    for (const keyring of [...keyrings, start()]) {
      for (const [index, text] of sealed.entries()) expect(await keyring.open(text, context)).toBe(`text ${index}`);
    }
  });

  test("may get a later one beside it: the earlier one still opens what it has sealed", async () => {
    const { store, start } = await deployment();
    const keyring = start();
    const before = await keyring.seal("before", context);
    await store.putIfAbsent({ ...(await newKey()), id: "0002" });
    const after = await start().seal("after", context);
    expect(Buffer.from(after, "base64url").toString("latin1", 1, 5)).toBe("0002");
    for (const process of [keyring, start()]) {
      expect([await process.open(before, context), await process.open(after, context)]).toEqual(["before", "after"]);
    }
  });

  test("that is stored first stays", async () => {
    const { store } = await deployment();
    const [first, second] = ["a", "b"].map((wrapped) => ({ id: "0001", wrapped }));
    if (first === undefined || second === undefined) throw new Error("There are two.");
    expect(await store.current()).toBeUndefined();
    expect(await store.putIfAbsent(first)).toEqual(first);
    expect(await store.putIfAbsent(second)).toEqual(first);
    expect([await store.current(), await store.find("0001"), await store.find("0002")]).toEqual([
      first,
      first,
      undefined,
    ]);
  });
});

describe("when KMS fails", () => {
  test("the caller hears of it, and the next one is served once KMS recovers", async () => {
    const { start } = await deployment();
    const keyring = start();
    kms.fail(refused);
    await expect(keyring.seal("text", context)).rejects.toMatchObject({
      code: "internal",
      message:
        "The KMS key alias/test, which protects stored secrets, can't be used: GenerateDataKey: AccessDeniedException: not authorized.",
    });
    kms.fail(undefined);
    const sealed = await keyring.seal("text", context);
    const other = start();
    kms.fail(refused);
    await expect(other.open(sealed, context)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/Decrypt/),
    });
    kms.fail(undefined);
    expect(await other.open(sealed, context)).toBe("text");
  });

  test("a process that has its key goes on without it", async () => {
    const keyring = (await deployment()).start();
    const sealed = await keyring.seal("text", context);
    kms.fail(refused);
    expect(await keyring.open(sealed, context)).toBe("text");
  });

  test.each([
    ["no key at all", {}],
    ["a key that is too short", { Plaintext: "AAAA", CiphertextBlob: "AAAA" }],
  ])("an answer with %s is refused", async (_case, body) => {
    const keyring = (await deployment()).start();
    kms.fail({ status: 200, body: JSON.stringify(body) });
    await expect(keyring.seal("text", context)).rejects.toMatchObject({ code: "internal" });
  });
});

describe("a newer data key", () => {
  test("seals from then on, and what the older one has sealed still opens", async () => {
    const { store, start } = await deployment();
    const keyring = start();
    const older = await keyring.seal("older", context);
    const next = await keyring.rotate(async (key) => {
      await store.putIfAbsent(key);
    });
    expect(next.id).toBe("0002");
    const newer = await keyring.seal("newer", context);
    expect([keyIdOf(older), keyIdOf(newer)]).toEqual(["0001", "0002"]);
    for (const one of [keyring, start()]) {
      expect(await one.open(older, context)).toBe("older");
      expect(await one.open(newer, context)).toBe("newer");
    }
  });

  test("is followed by another process in time, which opens what it seals at once", async () => {
    const { store, start } = await deployment();
    let time = Date.parse("2026-01-01T00:00:00Z");
    const other = createKeyring({ kms: kms.connect(), keyId: kms.keyId, store, now: () => new Date(time) });
    await other.prepare();
    const keyring = start();
    await keyring.rotate(async (key) => {
      await store.putIfAbsent(key);
    });
    expect(await other.open(await keyring.seal("newer", context), context)).toBe("newer");
    expect(keyIdOf(await other.seal("text", context))).toBe("0001");
    time += secondsUntilFollowed * 1_000;
    expect(keyIdOf(await other.seal("text", context))).toBe("0002");
  });

  test("that can't be looked for leaves a process with the one that it has", async () => {
    const { store } = await deployment();
    let time = Date.parse("2026-01-01T00:00:00Z");
    let current = store.current;
    const flaky = { ...store, current: () => current() };
    const keyring = createKeyring({ kms: kms.connect(), keyId: kms.keyId, store: flaky, now: () => new Date(time) });
    const sealed = await keyring.seal("text", context);
    current = () => Promise.reject(new Error("unreachable"));
    time += secondsUntilFollowed * 1_000;
    expect(keyIdOf(await keyring.seal("text", context))).toBe(keyIdOf(sealed));
  });

  test("that isn't kept is not used", async () => {
    const keyring = (await deployment()).start();
    await keyring.prepare();
    await expect(keyring.rotate(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    expect(keyIdOf(await keyring.seal("text", context))).toBe("0001");
  });
});

test("T18 no error of the keyring tells a secret, a key or what KMS has answered", async () => {
  const secret = `secret-${randomUUID()}`;
  const keyring = (await deployment()).start();
  const sealed = await keyring.seal(secret, context);
  const errors = [
    keyring.open(sealed, { purpose: "other" }),
    keyring.open(`${sealed.slice(0, -1)}!`, context),
    keyring.seal(`${secret}\ud800`, context),
    unreadable(`{"Plaintext":"${secret}"`),
    unreadable(`{"Plaintext":${JSON.stringify(secret)},"CiphertextBlob":{}}`),
  ].map((attempt) =>
    attempt.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  for (const error of await Promise.all(errors)) {
    expect(error).toBeInstanceOf(GatehouseError);
    const all = inspect(error, { depth: 10, showHidden: true });
    expect(all).not.toContain(secret);
    expect(all).not.toContain(sealed);
  }
});

/** A data key as KMS wraps it, of a deployment that has no table. */
async function newKey(): Promise<WrappedDataKey> {
  const store = inMemory();
  await createKeyring({ kms: kms.client, keyId: kms.keyId, store }).seal("", {});
  const key = await store.current();
  if (key === undefined) throw new Error("Sealing has made no key.");
  return key;
}

/** What becomes of an answer of KMS that holds a key, but can't be read. */
async function unreadable(body: string): Promise<string> {
  await using broken = await startTestKms();
  broken.fail({ status: 200, body });
  return await createKeyring({ kms: broken.client, keyId: broken.keyId, store: inMemory() }).seal("text", context);
}

function inMemory(): DataKeyStore {
  let only: WrappedDataKey | undefined;
  return {
    current: async () => only,
    find: async () => only,
    putIfAbsent: async (key) => {
      only ??= key;
      return only;
    },
  };
}
