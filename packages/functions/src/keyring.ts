import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { documentClient, kms } from "./aws.ts";
import type { Environment } from "./environment.ts";

/** The keyring of a function, whose data keys are wrapped by the deployment's key. */
export function keyringOf({ tables, kmsKeyId }: Environment) {
  const store = dataKeyRepository({ client: documentClient, table: tables.config });
  return createKeyring({ kms, keyId: kmsKeyId, store });
}
