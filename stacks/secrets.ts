/// <reference path="../.sst/platform/config.d.ts" />
import { physicalName } from "./names.ts";
import type { Place } from "./place.ts";
import type { Stage } from "./stages.ts";

/** Everything about a key but its use. */
const administration = [
  "CancelKeyDeletion",
  "CreateAlias",
  "DeleteAlias",
  "DescribeKey",
  "DisableKey",
  "EnableKey",
  "EnableKeyRotation",
  "GetKeyPolicy",
  "GetKeyRotationStatus",
  "ListGrants",
  "ListKeyPolicies",
  "ListKeyRotations",
  "ListResourceTags",
  "PutKeyPolicy",
  "RotateKeyOnDemand",
  "ScheduleKeyDeletion",
  "TagResource",
  "UntagResource",
  "UpdateAlias",
  "UpdateKeyDescription",
].map((action) => `kms:${action}`);

/** What a function asks of the key, and the context that it says with it (`core/identity/vault/keyring.ts`). */
export const keyUse = {
  actions: ["kms:GenerateDataKey", "kms:Decrypt"],
  context: { name: "kms:EncryptionContext:purpose", value: "gatehouse" },
} as const;

/**
 * The key that wraps the data keys of secrets. Its policy lets IAM of this account say who may use it, and only for
 * Gatehouse's secrets: without that context not even an administrator of the account unwraps one by mistake.
 */
export function secrets(stage: Stage, { accountId, partition }: Place): aws.kms.Key {
  const root = $interpolate`arn:${partition}:iam::${accountId}:root`;
  const key = new aws.kms.Key(
    "SecretsKey",
    {
      description: `Wraps the data keys of ${physicalName("secrets")}`,
      enableKeyRotation: true,
      deletionWindowInDays: stage.keepsData ? 30 : 7,
      policy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          // In a key's policy "*" is the key itself.
          { Sid: "Administer", Effect: "Allow", Principal: { AWS: root }, Action: administration, Resource: "*" },
          {
            Sid: "UseAsIamAllows",
            Effect: "Allow",
            Principal: { AWS: root },
            Action: keyUse.actions,
            Resource: "*",
            Condition: { StringEquals: { [keyUse.context.name]: keyUse.context.value } },
          },
        ],
      }),
    },
    { retainOnDelete: stage.keepsData },
  );
  new aws.kms.Alias("SecretsKeyAlias", { name: `alias/${physicalName("secrets")}`, targetKeyId: key.keyId });
  return key;
}
