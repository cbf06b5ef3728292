/**
 * Every key of the config table.
 *
 *     pk                     sk                            item
 *     GATEWAY#<gateway>      GATEWAY                       the gateway, its version and its number of targets
 *     GATEWAY#<gateway>      TARGET#<target>               a target and the generation of its tools that counts
 *     GATEWAY#<gateway>      TARGET-NAME#<name>            keeps a target's name unique in its gateway
 *     GATEWAY#<gateway>      TOOL#<target>#<gen>#<index>   one tool of one generation
 *     GATEWAY#<gateway>      FEATURES#<target>#<gen>#<index>  a part of what else a target offers, of one generation
 *     SCHEMAS#<gateway>      SCHEMA#<target>#<gen>#<index> a part of the description that a target's tools are read from
 *     DRIFT#<gateway>        TOOL#<target>#<gen>#<index>   what a target says of a tool and nobody has approved
 *     GATEWAY-NAME#<name>    NAME                          keeps a gateway's name unique
 *     ENGINE#<engine>        ENGINE                        the engine, its version, its numbers of policies and gateways
 *     ENGINE#<engine>        POLICY#<policy>               a policy
 *     ENGINE#<engine>        POLICY-NAME#<name>            keeps a policy's name unique in its engine
 *     ENGINE#<engine>        GATEWAY#<gateway>             says that the gateway uses the engine
 *     ENGINE-NAME#<name>     NAME                          keeps an engine's name unique
 *     EVALUATOR#<evaluator>  EVALUATOR                     an evaluator, its version, and how many enabled online evaluations use it
 *     EVALUATOR-NAME#<name>  NAME                          keeps an evaluator's name unique
 *     ONLINE-EVALUATION#<config>    ONLINE-EVALUATION      an online evaluation and its version
 *     ONLINE-EVALUATION-NAME#<name> NAME                   keeps an online evaluation's name unique
 *     VECTORS#<gateway>      VECTOR#<model>#<digest>       what an embedding model makes of the text of a tool
 *     GENERATIONS#<engine>   JOB#<generation>              policies written from words, and what they were made of; expires
 *     REPLAYS#<gateway>      JOB#<replay>                  recorded calls tried against other policies; expires
 *     ADMINISTRATION         ADMINISTRATION                the administration's version, and its policies unless they are the shipped
 *     ADMINISTRATION         ACCESS-KEY#<key>              an access key; expires a while after it stopped being good
 *     CLIENT-TOKEN#<token>   ANSWER#<index>                a part of what was answered to a client token; expires
 *     WORKLOAD-IDENTITY#<name>  WORKLOAD-IDENTITY          an agent
 *     API-KEY-PROVIDER#<name>   API-KEY-PROVIDER           an API key that targets are called with, sealed
 *     OAUTH2-PROVIDER#<name>    OAUTH2-PROVIDER            a client of somebody's authorization server, its secret sealed
 *     KEYRING                DATA-KEY#<id>                 a data key, wrapped by KMS; the highest id is the current one
 *     SIGNING-KEYS           SIGNING-KEY#<number>          a key to sign with after the first, sealed; the highest number is the newest
 *
 * The index byKind lists gateways (`GATEWAY`), engines (`ENGINE`), evaluators (`EVALUATOR`) and online evaluations
 * (`ONLINE-EVALUATION`) by their ids, and by their names what identity knows (`WORKLOAD-IDENTITY`, `API-KEY-PROVIDER`,
 * `OAUTH2-PROVIDER`).
 */
export interface Key extends Record<string, string> {
  readonly pk: string;
  readonly sk: string;
}

export const gatewayPartition = (gatewayId: string): string => `GATEWAY#${gatewayId}`;
/** Apart from the gateway, which is read as a whole whenever it changes. */
export const driftPartition = (gatewayId: string): string => `DRIFT#${gatewayId}`;
export const enginePartition = (engineId: string): string => `ENGINE#${engineId}`;

/** The sort keys of what stands for itself, and its partitions in the index byKind. */
export const kinds = {
  gateway: "GATEWAY",
  engine: "ENGINE",
  evaluator: "EVALUATOR",
  onlineEvaluation: "ONLINE-EVALUATION",
} as const;

/** What the sort keys of the items inside a gateway's or an engine's partition begin with. */
export const prefixes = {
  target: "TARGET#",
  tool: "TOOL#",
  features: "FEATURES#",
  policy: "POLICY#",
  attachment: "GATEWAY#",
} as const;

export const gatewayKey = (gatewayId: string): Key => ({ pk: gatewayPartition(gatewayId), sk: kinds.gateway });
export const gatewayNameKey = (name: string): Key => ({ pk: `GATEWAY-NAME#${name}`, sk: "NAME" });

export const targetKey = (gatewayId: string, targetId: string): Key => ({
  pk: gatewayPartition(gatewayId),
  sk: `${prefixes.target}${targetId}`,
});
export const targetNameKey = (gatewayId: string, name: string): Key => ({
  pk: gatewayPartition(gatewayId),
  sk: `TARGET-NAME#${name}`,
});

/** The sort keys of a target's tools begin with this: of one generation, or of all where none is named. */
export const toolsPrefix = (targetId: string, generation?: string): string =>
  `${prefixes.tool}${targetId}#${generation === undefined ? "" : `${generation}#`}`;

/**
 * The index has five digits, so that tools are read in the order in which their target names them.
 * @param partition the gateway's, or that of its drift.
 */
export const toolKey = (partition: string, targetId: string, generation: string, index: number): Key => ({
  pk: partition,
  sk: `${toolsPrefix(targetId, generation)}${String(index).padStart(5, "0")}`,
});

/** What a target offers beside tools begins with this: of one generation, or of all where none is named. */
export const featuresPrefix = (targetId: string, generation?: string): string =>
  `${prefixes.features}${targetId}#${generation === undefined ? "" : `${generation}#`}`;

export const featuresKey = (gatewayId: string, targetId: string, generation: string, index: number): Key => ({
  pk: gatewayPartition(gatewayId),
  sk: `${featuresPrefix(targetId, generation)}${String(index).padStart(5, "0")}`,
});

/** Apart from the gateway, which is read as a whole whenever it changes. */
export const vectorsPartition = (gatewayId: string): string => `VECTORS#${gatewayId}`;
export const vectorPrefix = (modelId: string): string => `VECTOR#${modelId}#`;
export const vectorKey = (gatewayId: string, modelId: string, digest: string): Key => ({
  pk: vectorsPartition(gatewayId),
  sk: `${vectorPrefix(modelId)}${digest}`,
});

/** Apart from the gateway, which is read as a whole whenever it changes: nothing but synchronisation needs them. */
export const schemasPartition = (gatewayId: string): string => `SCHEMAS#${gatewayId}`;
export const schemasPrefix = (targetId: string, generation?: string): string =>
  `SCHEMA#${targetId}#${generation === undefined ? "" : `${generation}#`}`;
export const schemaKey = (gatewayId: string, targetId: string, generation: string, index: number): Key => ({
  pk: schemasPartition(gatewayId),
  sk: `${schemasPrefix(targetId, generation)}${String(index).padStart(5, "0")}`,
});

export const engineKey = (engineId: string): Key => ({ pk: enginePartition(engineId), sk: kinds.engine });
export const engineNameKey = (name: string): Key => ({ pk: `ENGINE-NAME#${name}`, sk: "NAME" });

export const policyKey = (engineId: string, policyId: string): Key => ({
  pk: enginePartition(engineId),
  sk: `${prefixes.policy}${policyId}`,
});
export const policyNameKey = (engineId: string, name: string): Key => ({
  pk: enginePartition(engineId),
  sk: `POLICY-NAME#${name}`,
});

export const evaluatorKey = (evaluatorId: string): Key => ({ pk: `EVALUATOR#${evaluatorId}`, sk: kinds.evaluator });
export const evaluatorNameKey = (name: string): Key => ({ pk: `EVALUATOR-NAME#${name}`, sk: "NAME" });
export const onlineEvaluationKey = (configId: string): Key => ({
  pk: `ONLINE-EVALUATION#${configId}`,
  sk: kinds.onlineEvaluation,
});
export const onlineEvaluationNameKey = (name: string): Key => ({ pk: `ONLINE-EVALUATION-NAME#${name}`, sk: "NAME" });

/** Apart from the engine and the gateway, which are read as a whole whenever they change. */
export const generationsPartition = (engineId: string): string => `GENERATIONS#${engineId}`;
export const replaysPartition = (gatewayId: string): string => `REPLAYS#${gatewayId}`;
export const jobPrefix = "JOB#";
export const jobKey = (partition: string, id: string): Key => ({ pk: partition, sk: `${jobPrefix}${id}` });

/** Access keys and administration policies: whoever changes one of them grows the version of them all. */
export const administrationKey: Key = { pk: "ADMINISTRATION", sk: "ADMINISTRATION" };
export const accessKeyPrefix = "ACCESS-KEY#";
export const accessKeyKey = (accessKeyId: string): Key => ({
  pk: administrationKey.pk,
  sk: `${accessKeyPrefix}${accessKeyId}`,
});

/** @param token of one operation and administrator. */
export const clientTokenPartition = (token: string): string => `CLIENT-TOKEN#${token}`;
export const clientTokenKey = (token: string, index: number): Key => ({
  pk: clientTokenPartition(token),
  sk: `ANSWER#${index}`,
});
export const attachmentKey = (engineId: string, gatewayId: string): Key => ({
  pk: enginePartition(engineId),
  sk: `${prefixes.attachment}${gatewayId}`,
});

/** What identity knows by name: also their sort keys, and their partitions in the index byKind. */
export type IdentityKind = "WORKLOAD-IDENTITY" | "API-KEY-PROVIDER" | "OAUTH2-PROVIDER";
export const identityKey = (kind: IdentityKind, name: string): Key => ({ pk: `${kind}#${name}`, sk: kind });

/** Sorted by id, so that the current data key is the last one. */
export const keyringPartition = "KEYRING";
export const dataKeyKey = (id: string): Key => ({ pk: keyringPartition, sk: `DATA-KEY#${id}` });

/** Sorted by number, so that the newest signing key is the last one. */
export const signingKeysPartition = "SIGNING-KEYS";
export const signingKeyKey = (number: number): Key => ({
  pk: signingKeysPartition,
  sk: `SIGNING-KEY#${String(number).padStart(9, "0")}`,
});
