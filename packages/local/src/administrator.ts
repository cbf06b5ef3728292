import { hkdfSync } from "node:crypto";
import { KMSClient } from "@aws-sdk/client-kms";
import { ensureDefaultKey } from "@gatehouse/core/control/administration/defaultKey.ts";
import { newAccessKeyId, newSecretAccessKey } from "@gatehouse/core/control/administration/newKey.ts";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { createDocumentClient } from "@gatehouse/core/storage/client.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { inProcessHandler } from "./aws/inProcess.ts";
import { keyAlias } from "./aws/kms.ts";
import type { AwsService } from "./aws/service.ts";
import { tableName } from "./tables.ts";

/** An access key, in the AWS SDK's words. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The access key of whoever works on this machine. It derives from the machine's master key (HKDF, RFC 5869), so that it
 * stays the same over restarts, differs from everybody else's, and needs no keeping of its own.
 */
export function administratorOf(masterKey: Buffer): AccessKey {
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", masterKey, "", `gatehouse default access key: ${info}`, bytes));
  return { accessKeyId: newAccessKeyId(derive("id", 16)), secretAccessKey: newSecretAccessKey(derive("secret", 30)) };
}

/** Makes sure that the control plane knows the key: as an administrator's, from this machine only. */
export async function admit(administrator: AccessKey, service: AwsService): Promise<void> {
  const client = createDocumentClient();
  const kms = new KMSClient({ requestHandler: inProcessHandler(service) });
  try {
    const configTable = { client, table: tableName("config") };
    const keyring = createKeyring({ kms, keyId: keyAlias, store: dataKeyRepository(configTable) });
    const administration = administrationRepository(configTable);
    await ensureDefaultKey({ administration, keyring, now: () => new Date() }, administrator);
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== "internal") throw error;
    const hint =
      "Secrets in a database open only with the data folder whose master key has sealed them: name it by --data";
    throw new GatehouseError("internal", `${error.message} ${hint}.`, { cause: error });
  } finally {
    client.destroy();
    kms.destroy();
  }
}
