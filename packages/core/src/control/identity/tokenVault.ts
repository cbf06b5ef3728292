import type { KmsConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { GatehouseError } from "../../errors.ts";
import { whileOthersChange } from "../concurrency.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import type { Checked } from "../operationTypes.ts";
import { refuse } from "../supported.ts";
import { tokenVaultArn, tokenVaultId } from "./arns.ts";

/** The operations on the vault: a deployment has one, under the KMS key that it was deployed with. */
export function tokenVaultHandlers(dependencies: ControlPlaneDependencies) {
  const { dataKeys, keyring, kmsKeyId } = dependencies;

  const describe = async () => {
    await keyring.prepare();
    // Of keys that an earlier version made, nobody has noted when.
    const { createdAt = new Date(0).toISOString() } = (await dataKeys.current()) ?? {};
    return { tokenVaultId, kmsConfiguration: configurationOf(kmsKeyId), lastModifiedDate: new Date(createdAt) };
  };

  return {
    async GetTokenVault({ tokenVaultId: asked }) {
      checkVault(asked);
      return describe();
    },

    /** Takes what is so already. */
    async SetTokenVaultCMK({ tokenVaultId: asked, kmsConfiguration }) {
      checkVault(asked);
      checkKey(kmsConfiguration, configurationOf(kmsKeyId));
      return describe();
    },

    /** New texts are sealed with a new data key; what is there stays as it is, and opens, until it is written anew. */
    async RotateDataKey(_, scope) {
      return whileOthersChange(async () => {
        const before = await dataKeys.current();
        const { id, createdAt } = await keyring.rotate((next) =>
          dataKeys.add(
            next,
            scope.alongside({
              resource: tokenVaultArn(dependencies),
              before: { dataKeyId: before?.id },
              after: { dataKeyId: next.id },
              answer: { dataKeyId: next.id },
            }),
          ),
        );
        return { dataKeyId: id, createdAt: new Date(createdAt ?? 0) };
      });
    },
  } satisfies Handlers;
}

function checkVault(id: string | undefined): void {
  if (id === undefined || id === tokenVaultId) return;
  throw new GatehouseError("notFound", `There is no token vault ${id}; the one that there is, is "${tokenVaultId}".`);
}

/** A key that the account's owner has, or one that only the deployment's own machinery knows, as on one machine. */
function configurationOf(kmsKeyId: string): Checked<KmsConfiguration> {
  return /^arn:[^:]+:kms:[^:]+:\d{12}:key\//.test(kmsKeyId)
    ? { keyType: "CustomerManagedKey", kmsKeyArn: kmsKeyId }
    : { keyType: "ServiceManagedKey" };
}

/**
 * Every function that seals or opens needs rights on the key, and those come from the deployment: an operation that took
 * another key would take everybody's credentials away.
 */
function checkKey({ keyType, kmsKeyArn }: KmsConfiguration, current: KmsConfiguration): void {
  if (keyType !== current.keyType) {
    refuse("kmsConfiguration.keyType", `must be ${current.keyType}: the key is chosen when Gatehouse is deployed`);
  }
  if (kmsKeyArn === current.kmsKeyArn) return;
  const isOf = current.kmsKeyArn === undefined ? "must be absent" : `must be ${current.kmsKeyArn}`;
  refuse("kmsConfiguration.kmsKeyArn", `${isOf}: the key is chosen when Gatehouse is deployed`);
}
