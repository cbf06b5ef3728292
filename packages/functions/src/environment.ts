import { z } from "zod";

const schema = z.object({
  GATEHOUSE_CONFIG_TABLE: z.string().min(1),
  GATEHOUSE_LEDGER_TABLE: z.string().min(1),
  GATEHOUSE_AGGREGATES_TABLE: z.string().min(1),
  GATEHOUSE_BUS: z.string().min(1),
  /** The public base address, without a slash at its end: gateway addresses and token audiences start with it. */
  GATEHOUSE_URL: z.url().refine((url) => !url.endsWith("/"), "must not end in a slash"),
  /** Twelve digits: the account that ARNs are made in. */
  GATEHOUSE_ACCOUNT_ID: z.string().regex(/^\d{12}$/, "must be 12 digits"),
  AWS_REGION: z.string().min(1),
  /** Whether targets and issuers may live on this very machine (http on loopback): only the one-machine host says yes. */
  GATEHOUSE_ALLOW_LOOPBACK: z.enum(["true", "false"]).default("false"),
});

/** What the functions are told by their host, validated. */
export interface Environment {
  readonly tables: { readonly config: string; readonly ledger: string; readonly aggregates: string };
  readonly bus: string;
  readonly url: string;
  readonly accountId: string;
  readonly region: string;
  readonly allowLoopback: boolean;
}

/**
 * Reads the environment variables that every function shares. This file is the only one that knows their names.
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
    },
    bus: env.GATEHOUSE_BUS,
    url: env.GATEHOUSE_URL,
    accountId: env.GATEHOUSE_ACCOUNT_ID,
    region: env.AWS_REGION,
    allowLoopback: env.GATEHOUSE_ALLOW_LOOPBACK === "true",
  };
}

/** The variables that say what `readEnvironment` reads: for hosts, which set them. */
export function environmentVariables({ tables, bus, url, accountId, region, allowLoopback }: Environment) {
  return {
    GATEHOUSE_CONFIG_TABLE: tables.config,
    GATEHOUSE_LEDGER_TABLE: tables.ledger,
    GATEHOUSE_AGGREGATES_TABLE: tables.aggregates,
    GATEHOUSE_BUS: bus,
    GATEHOUSE_URL: url,
    GATEHOUSE_ACCOUNT_ID: accountId,
    AWS_REGION: region,
    GATEHOUSE_ALLOW_LOOPBACK: String(allowLoopback),
  } satisfies Record<keyof z.infer<typeof schema>, string>;
}

/** Whether invocations are traced with X-Ray: `POWERTOOLS_TRACE_ENABLED`, yes unless it says no. */
export function tracingEnabled(variables: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return variables.POWERTOOLS_TRACE_ENABLED !== "false";
}
