import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentialIdentity } from "@smithy/types";

/** A role, and the name of the session in which it is taken. */
export interface Assumption {
  readonly roleArn: string;
  readonly sessionName: string;
}

/** Credentials that are good until a moment, in a session. */
export type SessionCredentials = Required<
  Pick<AwsCredentialIdentity, "accessKeyId" | "secretAccessKey" | "sessionToken" | "expiration">
>;

/** The longest that AWS lets whoever is in a role take another one (IAM User Guide, "Role chaining"). */
const sessionSeconds = 3_600;

/**
 * Takes roles with the process's own credentials, at the STS of the region. In a module of its own, which is loaded when the
 * first role is taken.
 */
export function createAssume(region: string): (role: Assumption, signal: AbortSignal) => Promise<SessionCredentials> {
  const client = new STSClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  return async ({ roleArn, sessionName }, signal) => {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: sessionSeconds,
    });
    const { Credentials } = await client.send(command, { abortSignal: signal });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || Expiration === undefined) {
      throw new Error("STS answered without credentials");
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };
}
