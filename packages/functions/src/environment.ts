import type { TableName } from "@gatehouse/core/storage/tables.ts";
import * as z from "zod";
import {
  complaintAboutJudge,
  type JudgeSettings,
  judgeEnvironmentOf,
  judgeSettingsOf,
  judgeVariables,
} from "./judgeSettings.ts";

const variables = z.object({
  GATEHOUSE_CONFIG_TABLE: z.string().min(1),
  GATEHOUSE_LEDGER_TABLE: z.string().min(1),
  GATEHOUSE_AGGREGATES_TABLE: z.string().min(1),
  GATEHOUSE_VAULT_TABLE: z.string().min(1),
  GATEHOUSE_BUS: z.string().min(1),
  /** The id, ARN or alias of the KMS key that protects secrets. */
  GATEHOUSE_KMS_KEY: z.string().min(1),
  /** The public base address, without a slash at its end: gateway addresses and token audiences start with it. */
  GATEHOUSE_URL: z.url().refine((url) => !url.endsWith("/"), "must not end in a slash"),
  /** Twelve digits: the account that ARNs are made in. */
  GATEHOUSE_ACCOUNT_ID: z.string().regex(/^\d{12}$/, "must be 12 digits"),
  AWS_REGION: z.string().min(1),
  /** The issuer whose users may administer, by its discovery document, and the audience that their tokens must name. */
  GATEHOUSE_ADMIN_DISCOVERY_URL: z.url().optional(),
  GATEHOUSE_ADMIN_AUDIENCE: z.string().min(1).optional(),
  /** The claim that holds their roles. */
  GATEHOUSE_ADMIN_ROLES_CLAIM: z.string().min(1).default("roles"),
  /** The model that writes policies: its id on Bedrock, or at the OpenAI-compatible address that is given as well. */
  GATEHOUSE_MODEL_ID: z.string().min(1).optional(),
  GATEHOUSE_MODEL_URL: z.url().optional(),
  GATEHOUSE_MODEL_API_KEY: z.string().min(1).optional(),
  /** The model that searches for tools by what they mean: as the one that writes policies. */
  GATEHOUSE_EMBEDDING_MODEL_ID: z.string().min(1).optional(),
  GATEHOUSE_EMBEDDING_MODEL_URL: z.url().optional(),
  GATEHOUSE_EMBEDDING_MODEL_API_KEY: z.string().min(1).optional(),
  ...judgeVariables.shape,
  /** Whether targets and issuers may live on this very machine (http on loopback): only the one-machine host says yes. */
  GATEHOUSE_ALLOW_LOOPBACK: z.enum(["true", "false"]).default("false"),
  /** Whether requests to targets are signed with their gateway's role: only the one-machine host, which has none, says no. */
  GATEHOUSE_ASSUME_GATEWAY_ROLES: z.enum(["true", "false"]).default("true"),
});

const schema = variables
  .refine(
    ({ GATEHOUSE_ADMIN_DISCOVERY_URL: url, GATEHOUSE_ADMIN_AUDIENCE: audience }) =>
      (url === undefined) === (audience === undefined),
    "GATEHOUSE_ADMIN_DISCOVERY_URL and GATEHOUSE_ADMIN_AUDIENCE belong together: set both or neither",
  )
  .superRefine((variables, context) => {
    const complaints = [
      ...modelPrefixes.map((prefix) => complaintAbout(prefix, variables)),
      complaintAboutJudge(variables),
    ];
    for (const message of new Set(complaints)) {
      if (message !== undefined) context.addIssue({ code: "custom", message });
    }
  });

const modelPrefixes = ["GATEHOUSE_MODEL", "GATEHOUSE_EMBEDDING_MODEL", "GATEHOUSE_JUDGE_MODEL"] as const;

function complaintAbout(prefix: (typeof modelPrefixes)[number], env: z.infer<typeof variables>): string | undefined {
  const { [`${prefix}_ID` as const]: id, [`${prefix}_URL` as const]: url } = env;
  if (id === undefined && url !== undefined) {
    return `${prefix}_URL needs ${prefix}_ID: the model's name at that address`;
  }
  if (id !== undefined && url === undefined && env.GATEHOUSE_ALLOW_LOOPBACK === "true") {
    return `${prefix}_ID needs ${prefix}_URL, an OpenAI-compatible address: one machine has no credentials for Bedrock`;
  }
  return undefined;
}

/** Where a model is: on Bedrock unless an OpenAI-compatible address is named. */
export interface ModelSettings {
  readonly modelId: string;
  readonly url?: string;
  readonly apiKey?: string;
}

/** What the functions are told by their host, validated. */
export interface Environment {
  readonly tables: Readonly<Record<TableName, string>>;
  readonly bus: string;
  readonly kmsKeyId: string;
  readonly url: string;
  readonly accountId: string;
  readonly region: string;
  readonly allowLoopback: boolean;
  /** Whether requests to targets are signed with their gateway's role, or with what the process itself has. */
  readonly assumeGatewayRoles: boolean;
  /** Absent where policies are written without a model. */
  readonly model?: ModelSettings;
  /** Absent where tools are found by their words alone. */
  readonly embeddingModel?: ModelSettings;
  /** Absent where nobody judges what agents do. */
  readonly judge?: JudgeSettings;
  /** Absent where only access keys administer. */
  readonly adminIssuer?: {
    readonly discoveryUrl: string;
    readonly audience: string;
    readonly rolesClaim: string;
  };
}

/**
 * Reads the environment variables that every function shares. This file and judgeSettings.ts are the only ones that know their names.
 * @throws Error naming every variable that is missing or malformed, so that a function fails when it starts.
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const parsed = schema.safeParse(variables);
  if (!parsed.success) throw new Error(`The environment is incomplete.\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  return {
    tables: {
      config: env.GATEHOUSE_CONFIG_TABLE,
      ledger: env.GATEHOUSE_LEDGER_TABLE,
      aggregates: env.GATEHOUSE_AGGREGATES_TABLE,
      vault: env.GATEHOUSE_VAULT_TABLE,
    },
    bus: env.GATEHOUSE_BUS,
    kmsKeyId: env.GATEHOUSE_KMS_KEY,
    url: env.GATEHOUSE_URL,
    accountId: env.GATEHOUSE_ACCOUNT_ID,
    region: env.AWS_REGION,
    allowLoopback: env.GATEHOUSE_ALLOW_LOOPBACK === "true",
    assumeGatewayRoles: env.GATEHOUSE_ASSUME_GATEWAY_ROLES === "true",
    ...adminIssuerOf(env),
    ...modelsOf(env),
  };
}

function modelsOf(env: z.infer<typeof schema>): Pick<Environment, "model" | "embeddingModel" | "judge"> {
  const model = modelOf(env.GATEHOUSE_MODEL_ID, env.GATEHOUSE_MODEL_URL, env.GATEHOUSE_MODEL_API_KEY);
  const embeddingModel = modelOf(
    env.GATEHOUSE_EMBEDDING_MODEL_ID,
    env.GATEHOUSE_EMBEDDING_MODEL_URL,
    env.GATEHOUSE_EMBEDDING_MODEL_API_KEY,
  );
  const judge = judgeSettingsOf(env);
  return {
    ...(model ? { model } : {}),
    ...(embeddingModel ? { embeddingModel } : {}),
    ...(judge ? { judge } : {}),
  };
}

function modelOf(modelId?: string, url?: string, apiKey?: string): ModelSettings | undefined {
  if (modelId === undefined) return undefined;
  return { modelId, ...(url === undefined ? {} : { url }), ...(apiKey === undefined ? {} : { apiKey }) };
}

function adminIssuerOf(env: z.infer<typeof schema>): Pick<Environment, "adminIssuer"> {
  const { GATEHOUSE_ADMIN_DISCOVERY_URL: discoveryUrl, GATEHOUSE_ADMIN_AUDIENCE: audience } = env;
  if (discoveryUrl === undefined || audience === undefined) return {};
  return { adminIssuer: { discoveryUrl, audience, rolesClaim: env.GATEHOUSE_ADMIN_ROLES_CLAIM } };
}

/** The variables that say what `readEnvironment` reads: for hosts, which set them. */
export function environmentVariables(environment: Environment) {
  const { tables, bus, kmsKeyId, url, accountId, region, allowLoopback, assumeGatewayRoles } = environment;
  const { adminIssuer, model, embeddingModel, judge } = environment;
  return {
    GATEHOUSE_CONFIG_TABLE: tables.config,
    GATEHOUSE_LEDGER_TABLE: tables.ledger,
    GATEHOUSE_AGGREGATES_TABLE: tables.aggregates,
    GATEHOUSE_VAULT_TABLE: tables.vault,
    GATEHOUSE_BUS: bus,
    GATEHOUSE_KMS_KEY: kmsKeyId,
    GATEHOUSE_URL: url,
    GATEHOUSE_ACCOUNT_ID: accountId,
    AWS_REGION: region,
    GATEHOUSE_ALLOW_LOOPBACK: String(allowLoopback),
    GATEHOUSE_ASSUME_GATEWAY_ROLES: String(assumeGatewayRoles),
    // Without a model or an issuer nothing is said of one: on one machine, the user's own variables hold.
    ...(model === undefined ? {} : { GATEHOUSE_MODEL_ID: model.modelId }),
    ...(embeddingModel === undefined ? {} : { GATEHOUSE_EMBEDDING_MODEL_ID: embeddingModel.modelId }),
    ...judgeEnvironmentOf(judge),
    ...(adminIssuer === undefined
      ? {}
      : {
          GATEHOUSE_ADMIN_DISCOVERY_URL: adminIssuer.discoveryUrl,
          GATEHOUSE_ADMIN_AUDIENCE: adminIssuer.audience,
          GATEHOUSE_ADMIN_ROLES_CLAIM: adminIssuer.rolesClaim,
        }),
  } satisfies Partial<Record<keyof z.infer<typeof schema>, string>>;
}

/** Whether invocations are traced with X-Ray: `POWERTOOLS_TRACE_ENABLED`, yes unless it says no. */
export function tracingEnabled(variables: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return variables.POWERTOOLS_TRACE_ENABLED !== "false";
}

/** Whether metrics are logged for CloudWatch: unless `POWERTOOLS_METRICS_DISABLED` says yes. */
export function metricsEnabled(variables: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return variables.POWERTOOLS_METRICS_DISABLED !== "true";
}

/** The name that logs, metrics and traces go by: `POWERTOOLS_SERVICE_NAME`, so that the stages of one account differ. */
export function serviceName(variables: Readonly<Record<string, string | undefined>> = process.env): string {
  return variables.POWERTOOLS_SERVICE_NAME || "gatehouse";
}
