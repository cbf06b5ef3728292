/** How a stage differs from others. What every deployment has is in `packages/functions/src/topology.ts`. */
export interface Stage {
  /** Whether tables, key and users survive a mistake: protected from deletion, kept when the stage is removed. */
  readonly keepsData: boolean;
  /** How long logs are kept: one of the periods of CloudWatch Logs. */
  readonly logRetentionDays: 1 | 3 | 7 | 14 | 30 | 60 | 90 | 180 | 365 | 400;
  /** How long the bus keeps events, so that they can be replayed. */
  readonly archiveDays: number;
  /** What all callers together may ask of each route of the API: a rate, and how far a burst may exceed it. */
  readonly throttling: { readonly requestsPerSecond: number; readonly burst: number };
  /** Absent where nobody wants to be woken. */
  readonly alarms?: {
    /** The ARN of the SNS topic that is told; without one, alarms can only be looked at. */
    readonly topic?: string;
    /** A tool call that takes longer than this is slow: the 99th percentile of five minutes, target included. */
    readonly gatewayP99Milliseconds: number;
    /** More calls than this, in percent, being denied by policies is unusual: of at least 20 in five minutes. */
    readonly denyRatePercent: number;
  };
  /**
   * The ARNs of the Lambda functions that gateways may call as targets. Nothing else says which these are, so that
   * without one here no gateway can call any.
   */
  readonly invocableFunctions: readonly string[];
  /**
   * What the stage's role for targets may do with AWS's services, for the gateways that name it. Actions by their names,
   * without `*`, and the ARNs of what they may be done with. Nothing unless named here.
   */
  readonly targetRights?: readonly { readonly actions: readonly string[]; readonly resources: readonly string[] }[];
  /** The ARNs of roles of your own that gateways may name besides. Their trust policies must let Gatehouse's functions in. */
  readonly gatewayRoles?: readonly string[];
  /** The ARNs of the objects in S3 that descriptions of targets may be read from: `arn:aws:s3:::schemas/gatehouse/*`. */
  readonly schemaObjects: readonly string[];
  /** The ids of the REST APIs of the account and its region that gateways may have as targets: the role for targets calls them. */
  readonly restApis: readonly string[];
  /** Whether the functions of the insurance example come with it, for gateways to call. */
  readonly example: boolean;
  /** Where the pool's users are sent back to after they have signed in. https, or http on localhost. */
  readonly callbackUrls: readonly string[];
  /** A host name of your own, in a Route 53 zone of the account, unless a certificate (in us-east-1) is named. */
  readonly domain?: { readonly name: string; readonly certificateArn?: string };
  /** The ARN of a web ACL of AWS WAF, of scope CLOUDFRONT: what it stops doesn't reach the API. */
  readonly webAclArn?: string;
  /** Subnets and security groups for the functions; they need a way to AWS's services and to the targets. */
  readonly network?: { readonly privateSubnets: readonly string[]; readonly securityGroups: readonly string[] };
  /** The ARN of a KMS key of your own for the tables; AWS's key for DynamoDB unless named. */
  readonly tableKeyArn?: string;
  /**
   * The model on Bedrock that writes policies from words: its id, or that of an inference profile, and the ARNs that may be
   * invoked for it (of a profile: its own, and those of the models behind it). Without one, words are translated without.
   */
  readonly model?: { readonly id: string; readonly arns: readonly string[] };
  /**
   * The model on Bedrock by which tools are found by what they mean: Titan Text Embeddings V2 or one of Cohere Embed. Without
   * one, they are found by their words.
   */
  readonly embeddingModel?: { readonly id: string; readonly arns: readonly string[] };
  /**
   * The models on Bedrock that judge what agents do, those that are trusted most first, and the ARNs that may be invoked for
   * them and for the models that custom evaluators name. Without one, only what needs no judge is evaluated. The numbers are
   * those of `JudgeSettings`.
   */
  readonly judge?: {
    readonly ids: readonly [string, ...string[]];
    readonly arns: readonly string[];
    readonly samples?: number;
    readonly contextTokens?: number;
    readonly tokensPerMinute?: number;
    readonly tokensPerDay?: number;
  };
  /** Whose users may administer, besides access keys. */
  readonly adminIssuer?: { readonly discoveryUrl: string; readonly audience: string; readonly rolesClaim: string };
}

/** Where the MCP Inspector waits for a sign-in. */
const inspector = "http://localhost:6274/oauth/callback";

const personal: Stage = {
  keepsData: false,
  logRetentionDays: 7,
  archiveDays: 1,
  throttling: { requestsPerSecond: 50, burst: 100 },
  invocableFunctions: [],
  schemaObjects: [],
  restApis: [],
  example: true,
  callbackUrls: [inspector],
};

/** The stages that have a name of their own; every other name is somebody's personal stage. */
export const stages: Readonly<Record<"personal" | "staging" | "production", Stage>> = {
  personal,
  staging: {
    ...personal,
    example: false,
    logRetentionDays: 30,
    archiveDays: 7,
    throttling: { requestsPerSecond: 200, burst: 400 },
    alarms: { gatewayP99Milliseconds: 30_000, denyRatePercent: 50 },
  },
  production: {
    keepsData: true,
    logRetentionDays: 400,
    archiveDays: 90,
    throttling: { requestsPerSecond: 1_000, burst: 2_000 },
    alarms: { gatewayP99Milliseconds: 30_000, denyRatePercent: 50 },
    invocableFunctions: [],
    schemaObjects: [],
    restApis: [],
    example: false,
    callbackUrls: [inspector],
  },
};

/**
 * The data of a stage.
 * @throws Error for a name that can't be a stage's: something would fail on AWS in the middle of a deployment.
 */
export function stageOf(name: string): Stage {
  requireStageName(name);
  return name === "staging" || name === "production" ? stages[name] : stages.personal;
}

/**
 * What a stage lets gateways do with AWS's services.
 * @throws Error for actions that are not named one by one: a right over a whole service would be every agent's.
 */
export function targetRightsOf({ targetRights = [] }: Stage): { actions: string[]; resources: string[] }[] {
  return targetRights.map(({ actions, resources }) => {
    const odd = actions.find((action) => !/^[a-z\d-]+:[A-Za-z\d]+$/.test(action));
    if (odd !== undefined) {
      throw new Error(`"${odd}" can't be among a stage's targetRights: name each action, as in dynamodb:GetItem.`);
    }
    return { actions: [...actions], resources: [...resources] };
  });
}

/**
 * The roles of one's own that a stage lets gateways have.
 * @throws Error for what isn't one role: with a pattern, whoever writes gateways would choose among all that it matches.
 */
export function gatewayRolesOf({ gatewayRoles = [] }: Stage): readonly string[] {
  const odd = gatewayRoles.find((arn) => !/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn));
  if (odd === undefined) return gatewayRoles;
  throw new Error(
    `"${odd}" can't be among a stage's gatewayRoles: name each by its ARN, arn:aws:iam::account:role/name.`,
  );
}

/** What is left of the 64 characters that a function's name may have, and of the 48 of an archive's. */
const stageName = /^[a-z][a-z0-9-]{0,31}$/;
/** Cognito takes no domain with one of these in it. */
const reserved = ["aws", "amazon", "cognito"];

function requireStageName(name: string): void {
  const word = reserved.find((word) => name.includes(word));
  if (word !== undefined) throw new Error(`"${name}" can't be the name of a stage: AWS reserves "${word}".`);
  if (!stageName.test(name)) {
    const rule = "up to 32 lower-case letters, digits and hyphens, a letter first";
    throw new Error(`"${name}" can't be the name of a stage: it must have ${rule}. Choose one with --stage.`);
  }
  // Whoever means the one and gets the other would find out when it is too late.
  if (/^(prod|stag)/.test(name) && name !== "production" && name !== "staging") {
    throw new Error(
      `"${name}" would be a personal stage, whose data goes with it: did you mean production or staging?`,
    );
  }
}
