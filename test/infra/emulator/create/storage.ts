import { CreateTableCommand, UpdateContinuousBackupsCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { CreateAliasCommand, CreateKeyCommand, EnableKeyRotationCommand } from "@aws-sdk/client-kms";
import type { Inputs } from "../../synth/graph.ts";
import type { Create } from "./creator.ts";

export const table: Create = async (
  { name, attributes, hashKey, rangeKey, globalSecondaryIndexes, billingMode, ttl, pointInTimeRecovery, ...rest },
  { aws },
) => {
  const created = await aws.database.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: attributes.map(({ name, type }: Inputs) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: keySchema({ hashKey, rangeKey }),
      BillingMode: billingMode,
      DeletionProtectionEnabled: rest.deletionProtectionEnabled,
      GlobalSecondaryIndexes: globalSecondaryIndexes.map((index: Inputs) => ({
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection: { ProjectionType: index.projectionType },
      })),
    }),
  );
  const TimeToLiveSpecification = { AttributeName: ttl.attributeName, Enabled: ttl.enabled };
  await aws.database.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: pointInTimeRecovery.enabled };
  await aws.database.send(new UpdateContinuousBackupsCommand({ TableName: name, PointInTimeRecoverySpecification }));
  return { arn: created.TableDescription?.TableArn };
};

function keySchema({ hashKey, rangeKey }: Inputs) {
  return [
    { AttributeName: hashKey, KeyType: "HASH" as const },
    { AttributeName: rangeKey, KeyType: "RANGE" as const },
  ];
}

export const key: Create = async ({ description, policy, enableKeyRotation }, { aws }) => {
  const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({ Description: description, Policy: policy }));
  if (enableKeyRotation) await aws.kms.send(new EnableKeyRotationCommand({ KeyId: KeyMetadata?.KeyId }));
  return { arn: KeyMetadata?.Arn, keyId: KeyMetadata?.KeyId };
};

export const keyAlias: Create = async ({ name, targetKeyId }, { aws }) => {
  await aws.kms.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: targetKeyId }));
  return {};
};
