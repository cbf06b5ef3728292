import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DecryptCommand, GenerateDataKeyCommand, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import { createKeyring, type WrappedDataKey } from "@gatehouse/core/identity/vault/keyring.ts";
import { kms } from "@gatehouse/functions/aws.ts";
import { readEnvironment } from "@gatehouse/functions/environment.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "../http/server.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { startTestHost } from "../testing/host.ts";
import { createAwsEndpoint } from "./endpoint.ts";
import { createInvoke } from "./invoke.ts";
import { createKms } from "./kms.ts";
import { findLambdas } from "./lambdas.ts";
import { readMasterKey } from "./masterKey.ts";
import { createPutEvents } from "./putEvents.ts";
import { createAwsService } from "./service.ts";

const place = { region: "eu-central-1", accountId: "000000000000" };
const KeyId = "alias/gatehouse";
const EncryptionContext = { purpose: "test", owner: "a" };

/** The endpoint as a host has it, and the client of another process. */
async function start(file?: string): Promise<{ client: KMSClient; log: string[] }> {
  const log: string[] = [];
  const service = createAwsService({
    putEvents: createPutEvents({ ...place, busName: "gatehouse", accept: async () => {} }),
    invoke: createInvoke(await findLambdas([]), place, (line) => log.push(line)),
    kms: createKms({ ...place, masterKey: await readMasterKey(file) }),
    log: (line) => log.push(line),
  });
  const server = await listen(
    createAwsEndpoint(service, (line) => log.push(line)),
    "127.0.0.1",
    0,
  );
  onTestFinished(() => server.close(Promise.resolve()));
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const client = new KMSClient({ endpoint: `http://127.0.0.1:${server.port}`, region: place.region, credentials });
  onTestFinished(() => client.destroy());
  return { client, log };
}

describe("KMS, called with the AWS SDK", () => {
  test("makes a data key and gives it back for its ciphertext", async () => {
    const { client } = await start();
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext }));
    expect(made.Plaintext).toHaveLength(32);
    expect(made.KeyId).toMatch(
      /^arn:aws:kms:eu-central-1:000000000000:key\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    const swapped = { owner: "a", purpose: "test" };
    const { CiphertextBlob, KeyId: keyArn } = made;
    expect(await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: swapped }))).toMatchObject({
      Plaintext: made.Plaintext,
      KeyId: keyArn,
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    });
  });

  test.each([
    [{ KeySpec: "AES_128" as const }, 16],
    [{ NumberOfBytes: 64 }, 64],
    [{ NumberOfBytes: 1 }, 1],
  ])("makes a key of %o", async (length, bytes) => {
    const { client } = await start();
    expect((await client.send(new GenerateDataKeyCommand({ KeyId, ...length }))).Plaintext).toHaveLength(bytes);
  });

  test("knows its key by id, ARN, alias and the alias's ARN", async () => {
    const { client } = await start();
    const { KeyId: keyArn = "", CiphertextBlob } = await client.send(
      new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 9 }),
    );
    const names = [keyArn, keyArn.split("/").at(-1), KeyId, `arn:aws:kms:eu-central-1:000000000000:${KeyId}`];
    for (const name of names) {
      expect((await client.send(new DecryptCommand({ KeyId: name, CiphertextBlob }))).Plaintext).toHaveLength(9);
    }
  });

  test.each([
    ["no length", {}],
    ["two lengths", { KeySpec: "AES_256" as const, NumberOfBytes: 32 }],
    ["no bytes", { NumberOfBytes: 0 }],
    ["more than a kilobyte", { NumberOfBytes: 1_025 }],
    ["a key spec from Object's prototype", { KeySpec: "constructor" as "AES_256" }],
  ])("refuses a data key of %s", async (_case, length) => {
    const { client } = await start();
    const request = client.send(new GenerateDataKeyCommand({ KeyId, ...length }));
    await expect(request).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("refuses another key", async () => {
    const { client } = await start();
    const other = { KeyId: "alias/other" };
    const { CiphertextBlob } = await client.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 9 }));
    for (const command of [
      new GenerateDataKeyCommand({ ...other, NumberOfBytes: 9 }),
      new DecryptCommand({ ...other, CiphertextBlob }),
    ]) {
      await expect(client.send(command as GenerateDataKeyCommand)).rejects.toMatchObject({ name: "NotFoundException" });
    }
  });

  test("refuses a ciphertext of another context, another key, or none", async () => {
    const [{ client }, { client: elsewhere }] = [await start(), await start()];
    const { CiphertextBlob } = await client.send(
      new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 32, EncryptionContext }),
    );
    if (CiphertextBlob === undefined) throw new Error("There is no ciphertext.");
    const altered = Buffer.from(CiphertextBlob);
    altered.writeUInt8(altered.readUInt8(60) ^ 1, 60);
    const attempts = [
      { CiphertextBlob },
      { CiphertextBlob, EncryptionContext: { purpose: "test" } },
      { CiphertextBlob: altered, EncryptionContext },
      { CiphertextBlob: CiphertextBlob.subarray(0, 44), EncryptionContext },
      { CiphertextBlob: Buffer.from("text"), EncryptionContext },
    ].map((input) => client.send(new DecryptCommand(input)));
    attempts.push(elsewhere.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })));
    const names = (await Promise.allSettled(attempts)).map((result) => "reason" in result && result.reason.name);
    expect(names).toEqual(attempts.map(() => "InvalidCiphertextException"));
  });

  test("says what it doesn't know", async () => {
    const { client, log } = await start();
    await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({ name: "UnknownOperationException" });
    expect(log).toEqual([]);
  });
});

describe("the master key", () => {
  test("is made once, for its owner's eyes only, and stays", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "master-key");
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => readMasterKey(file)));
    expect(first).toHaveLength(32);
    for (const other of [...others, await readMasterKey(file)]) expect(other).toEqual(first);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["master-key"]);
  });

  test("without a file is another one each time", async () => {
    expect(await readMasterKey(undefined)).not.toEqual(await readMasterKey(undefined));
  });

  test.each(["", "text", "A".repeat(43), Buffer.alloc(31).toString("base64"), Buffer.alloc(33).toString("base64")])(
    "is refused as %j",
    async (content) => {
      const file = join(await temporaryFolder(), "master-key");
      await writeFile(file, content, { mode: 0o600 });
      await expect(readMasterKey(file)).rejects.toMatchObject({
        code: "internal",
        message: expect.stringMatching(/32 bytes in base64/),
      });
      expect(await readFile(file, "utf8")).toBe(content);
    },
  );

  test.each([0o640, 0o604, 0o620, 0o777])("is refused when others may read or change it: %o", async (mode) => {
    const file = join(await temporaryFolder(), "master-key");
    await readMasterKey(file);
    await chmod(file, mode);
    await expect(readMasterKey(file)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/chmod 600/),
    });
  });
});

test("what one host has sealed opens after a restart with the same key file, and not with another", async () => {
  const file = join(await temporaryFolder(), "master-key");
  const keys = new Map<string, WrappedDataKey>();
  const store = {
    current: async () => keys.get("0001"),
    find: async (id: string) => keys.get(id),
    putIfAbsent: async (key: WrappedDataKey) =>
      keys.get(key.id) ?? (keys.set(key.id, key).get(key.id) as WrappedDataKey),
  };
  const keyring = async (keyFile?: string) =>
    createKeyring({ kms: (await start(keyFile)).client, keyId: KeyId, store });
  const context = { purpose: "test" };
  const sealed = await (await keyring(file)).seal("text", context);
  const again = await keyring(file);
  expect(await again.open(sealed, context)).toBe("text");
  expect(await again.open(await again.seal("more", context), context)).toBe("more");
  await expect((await keyring()).open(sealed, context)).rejects.toMatchObject({
    code: "internal",
    message: expect.stringMatching(/InvalidCiphertextException/),
  });
});

test("a host gives its functions the key, in process and over HTTP, and keeps it over a restart", async () => {
  const data = await temporaryFolder();
  const first = await startTestHost({}, { data });
  const { Plaintext, CiphertextBlob } = await kms.send(
    new GenerateDataKeyCommand({ KeyId: readEnvironment().kmsKeyId, KeySpec: "AES_256" }),
  );
  expect((await stat(join(data, "master-key"))).mode & 0o777).toBe(0o600);
  await first.stop();
  await startTestHost({}, { data });
  const client = new KMSClient({});
  onTestFinished(() => client.destroy());
  for (const way of [kms, client]) {
    expect(await way.send(new DecryptCommand({ KeyId, CiphertextBlob }))).toMatchObject({ Plaintext });
  }
});
