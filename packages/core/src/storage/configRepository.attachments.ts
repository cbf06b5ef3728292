import type { GatewayPolicyEngineConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { ChangedMeanwhile, type ConfigTable, type Step } from "./configRepository.table.ts";
import { attachmentKey, engineKey } from "./keys.ts";

type Use = Pick<GatewayPolicyEngineConfiguration, "arn"> | undefined;

/** The engine's id: what follows `policy-engine/` in its ARN. */
export function engineIdOf({ arn }: Pick<GatewayPolicyEngineConfiguration, "arn">): string {
  return arn?.slice(arn.lastIndexOf("/") + 1) ?? "";
}

/**
 * The steps that make a gateway use an engine. They grow the engine's version, so that a policy which is being checked
 * against the gateways of its engine at this moment is checked again, with this one among them.
 */
export function attach(
  { table }: ConfigTable,
  use: Use,
  gatewayId: string,
  checkedEngineVersion: number | undefined,
): Step[] {
  if (use === undefined) return [];
  const engineId = engineIdOf(use);
  const checked = checkedEngineVersion !== undefined;
  return [
    {
      write: {
        Update: {
          TableName: table,
          Key: engineKey(engineId),
          UpdateExpression: "SET version = version + :one, gatewayCount = gatewayCount + :one",
          ConditionExpression: `attribute_exists(pk)${checked ? " AND version = :checked" : ""}`,
          ExpressionAttributeValues: { ":one": 1, ...(checked ? { ":checked": checkedEngineVersion } : {}) },
        },
      },
      refused: () => engineChanged(engineId),
    },
    { write: { Put: { TableName: table, Item: { ...attachmentKey(engineId, gatewayId), gatewayId } } } },
  ];
}

/** The steps that end a gateway's use of an engine. */
export function detach({ table }: ConfigTable, use: Use, gatewayId: string): Step[] {
  if (use === undefined) return [];
  const engineId = engineIdOf(use);
  return [
    {
      write: {
        Update: {
          TableName: table,
          Key: engineKey(engineId),
          UpdateExpression: "SET version = version + :one, gatewayCount = gatewayCount - :one",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeValues: { ":one": 1 },
        },
      },
      refused: () => engineChanged(engineId),
    },
    { write: { Delete: { TableName: table, Key: attachmentKey(engineId, gatewayId) } } },
  ];
}

/** The step that refuses the transaction unless the engine is still of the version that was checked. */
export function requireEngineVersion({ table }: ConfigTable, use: NonNullable<Use>, version: number): Step {
  const engineId = engineIdOf(use);
  return {
    write: {
      ConditionCheck: {
        TableName: table,
        Key: engineKey(engineId),
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": version },
      },
    },
    refused: () => engineChanged(engineId),
  };
}

function engineChanged(engineId: string): ChangedMeanwhile {
  return new ChangedMeanwhile(
    `Policy engine ${engineId} or its policies changed while they were being checked; repeat the change.`,
  );
}
