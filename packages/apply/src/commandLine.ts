import {
  BedrockAgentCoreControlClient,
  BedrockAgentCoreControlServiceException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { messageOf } from "@gatehouse/core/errors.ts";
import { QueryError } from "./observe/queryClient.ts";
import { visible } from "./visible.ts";

/** The options that every command line has. */
export const commonOptions = { endpoint: { type: "string" }, help: { type: "boolean", short: "h" } } as const;

/** Where the control plane is: as was said, or as every AWS SDK is told, or on this machine. */
export function endpointOf(given: string | undefined, environment: NodeJS.ProcessEnv): string {
  const endpoint =
    given ||
    environment.AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL ||
    environment.AWS_ENDPOINT_URL ||
    `http://127.0.0.1:${environment.GATEHOUSE_PORT || 4000}`;
  if (!URL.canParse(endpoint)) throw new Error(`--endpoint takes a URL, not "${endpoint}".`);
  return endpoint;
}

/** The SDK's client with the SDK's own credentials, in the environment's region. */
export function clientOf(endpoint: string, environment: NodeJS.ProcessEnv): BedrockAgentCoreControlClient {
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION || "us-east-1";
  return new BedrockAgentCoreControlClient({ endpoint, region, requestHandler: { connectionTimeout: 5_000 } });
}

/** The control plane that a command works with. */
export interface ControlPlane {
  readonly endpoint: string;
  readonly client: BedrockAgentCoreControlClient;
}

/**
 * The exit status of a command: what it gives, or 1 where it throws, which is told at the terminal.
 * @param command gets what connects it to the control plane, for as long as it runs: to the one that is named, if one is.
 */
export async function exitStatusOf(
  command: (connect: (endpoint: string | undefined) => ControlPlane) => Promise<number>,
): Promise<number> {
  let connected: ControlPlane | undefined;
  const connect = (given: string | undefined): ControlPlane => {
    const endpoint = endpointOf(given, process.env);
    connected = { endpoint, client: clientOf(endpoint, process.env) };
    return connected;
  };
  try {
    return await command(connect);
  } catch (error) {
    console.error(explain(error, connected?.endpoint ?? ""));
    return 1;
  } finally {
    connected?.client.destroy();
  }
}

/**
 * Ends the command as soon as its output can't be written: in peace where whatever reads it has seen enough, as `head` does,
 * and else as an error, because what is missing would not be missed.
 */
export function endWithOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    console.error(`The output could not be written: ${error.message}`);
    process.exit(1);
  });
}

/** What went wrong, for the person at the terminal. */
export function explain(error: unknown, endpoint: string): string {
  return explanation(error, endpoint).split("\n").map(visible).join("\n");
}

function explanation(error: unknown, endpoint: string): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const { name, code } = (cause instanceof Error ? cause : {}) as { name?: string; code?: string };
  const reason = reasonOf(cause, name ?? "", code ?? "", endpoint);
  if (reason === undefined) return messageOf(error);
  return cause === error ? reason : `${messageOf(error)}\n${reason}`;
}

function reasonOf(cause: unknown, name: string, code: string, endpoint: string): string | undefined {
  if (unreachable.has(code) || name === "TimeoutError") {
    return `No Gatehouse answers on ${endpoint}. Start it with "npm start", or name another with --endpoint.`;
  }
  if (name === "CredentialsProviderError") {
    return 'There are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY as "npm start" prints them.';
  }
  const status = statusOf(cause);
  return status === 401 || status === 403 ? `Access denied by ${endpoint}: ${messageOf(cause)}` : undefined;
}

function statusOf(cause: unknown): number | undefined {
  if (cause instanceof QueryError) return cause.status;
  return cause instanceof BedrockAgentCoreControlServiceException ? cause.$metadata.httpStatusCode : undefined;
}

const unreachable = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);
