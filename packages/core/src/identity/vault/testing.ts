import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { KMSClient } from "@aws-sdk/client-kms";

/** A KMS of its own for tests, at the wire, and a client that leads there. */
export interface TestKms extends AsyncDisposable {
  readonly client: KMSClient;
  readonly keyId: string;
  /** What it was asked, in order: `GenerateDataKey` or `Decrypt`. */
  readonly asked: string[];
  /** From now on it answers this, with this status; `undefined` makes it work again. */
  fail(answer: { readonly status: number; readonly body: string } | undefined): void;
  /** Makes another client, as another process has it. */
  connect(): KMSClient;
  stop(): Promise<void>;
}

interface Input {
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

/** For tests only: answers KMS's GenerateDataKey (AES_256) and Decrypt (AWS JSON 1.1) under a key that nobody keeps. */
export async function startTestKms(): Promise<TestKms> {
  const masterKey = randomBytes(32);
  const asked: string[] = [];
  let failure: Parameters<TestKms["fail"]>[0];
  const server = createServer(async (request, response) => {
    const operation = operationOf(request);
    asked.push(operation);
    const { status, body } = failure ?? answer(operation, (await json(request)) as Input, masterKey);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  const endpoint = `http://127.0.0.1:${address.port}`;
  const clients: KMSClient[] = [];
  const connect = () => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new KMSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  const stop = async () => {
    for (const client of clients) client.destroy();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const fail: TestKms["fail"] = (next) => {
    failure = next;
  };
  return { client: connect(), keyId: "alias/test", asked, fail, connect, stop, [Symbol.asyncDispose]: stop };
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers["x-amz-target"]).replace("TrentService.", "");
}

function answer(operation: string, { CiphertextBlob, EncryptionContext = {} }: Input, masterKey: Buffer) {
  const context = Buffer.from(JSON.stringify(Object.entries(EncryptionContext).sort()));
  if (operation === "GenerateDataKey") {
    const key = randomBytes(32);
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", masterKey, nonce).setAAD(context);
    const blob = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]).toString("base64");
    return {
      status: 200,
      body: JSON.stringify({ CiphertextBlob: blob, Plaintext: key.toString("base64"), KeyId: "k" }),
    };
  }
  const blob = Buffer.from(CiphertextBlob ?? "", "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", masterKey, blob.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(context).setAuthTag(blob.subarray(-16));
    const key = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    return { status: 200, body: JSON.stringify({ Plaintext: key.toString("base64"), KeyId: "k" }) };
  } catch {
    return { status: 400, body: JSON.stringify({ __type: "InvalidCiphertextException" }) };
  }
}
