import { environmentVariables } from "@gatehouse/functions/environment.ts";
import { keyAlias } from "./aws/kms.ts";
import type { Place } from "./lambda/handler.ts";
import { tableName } from "./tables.ts";

/** The account that everything on one machine belongs to, unless told otherwise. */
const localAccount = "000000000000";
export const busName = "gatehouse";

/** What the environment says of the place: the user's own region, and an account to make ARNs in, if there are any. */
export function readPlace(variables: Readonly<Record<string, string | undefined>>): Place {
  const region = variables.AWS_REGION || variables.AWS_DEFAULT_REGION || "us-east-1";
  return { region, accountId: variables.GATEHOUSE_ACCOUNT_ID || localAccount };
}

/**
 * The environment variables of the functions on one machine. `undefined` means that a variable must not be set.
 *
 * The credentials are made up on purpose: whatever a mistake may send to the real AWS, it is refused there. What could
 * bring real ones in (profiles, files, the metadata service, tokens) is switched off for the same reason.
 */
export function functionsEnvironment(
  place: Place,
  addresses: { readonly url: string; readonly database: string; readonly aws: string },
  current: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return {
    ...environmentVariables({
      ...place,
      tables: {
        config: tableName("config"),
        ledger: tableName("ledger"),
        aggregates: tableName("aggregates"),
        vault: tableName("vault"),
      },
      bus: busName,
      kmsKeyId: keyAlias,
      url: addresses.url,
      allowLoopback: true,
      // There is no STS here, nor a role.
      assumeGatewayRoles: false,
    }),
    AWS_ENDPOINT_URL_DYNAMODB: addresses.database,
    AWS_ENDPOINT_URL_EVENTBRIDGE: addresses.aws,
    AWS_ENDPOINT_URL_LAMBDA: addresses.aws,
    AWS_ENDPOINT_URL_KMS: addresses.aws,
    AWS_ACCESS_KEY_ID: "gatehouselocal",
    AWS_SECRET_ACCESS_KEY: "gatehouselocal",
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    // Logs and metrics are for CloudWatch: on a terminal only what went wrong is wanted.
    POWERTOOLS_TRACE_ENABLED: "false",
    POWERTOOLS_METRICS_DISABLED: current.POWERTOOLS_METRICS_DISABLED ?? "true",
    POWERTOOLS_LOG_LEVEL: current.POWERTOOLS_LOG_LEVEL ?? "WARN",
  };
}

/** Puts variables into the process's environment, where the functions look for them. */
export function applyEnvironment(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
