import { createAdministration } from "@gatehouse/core/control/administration/administration.ts";
import type { Keyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { documentClient } from "./aws.ts";
import type { Environment } from "./environment.ts";

/**
 * Who may do what through a function, by the deployment's access keys and issuer of administrators.
 * @param basicAt the public address, where exporters may send their access key as it is.
 */
export function administrationOf(
  { tables, region, accountId, allowLoopback, adminIssuer }: Environment,
  keyring: Keyring,
  { basicAt }: { readonly basicAt?: string } = {},
) {
  return createAdministration({
    administration: administrationRepository({ client: documentClient, table: tables.config }),
    keyring,
    region,
    accountId,
    allowLoopback,
    adminIssuer,
    basicAt,
  });
}
