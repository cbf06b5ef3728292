import {
  CompleteResourceTokenAuth$,
  GetResourceApiKey$,
  GetResourceOauth2Token$,
  GetWorkloadAccessToken$,
  GetWorkloadAccessTokenForJWT$,
  GetWorkloadAccessTokenForUserId$,
} from "@aws-sdk/client-bedrock-agentcore";
import { type Operation, operationsOf } from "../../control/operations.ts";

/** The operations of AgentCore's data plane that the identity function answers, as the SDK describes them. */
export const dataPlaneOperations: readonly Operation[] = operationsOf([
  GetWorkloadAccessToken$,
  GetWorkloadAccessTokenForJWT$,
  GetWorkloadAccessTokenForUserId$,
  GetResourceApiKey$,
  GetResourceOauth2Token$,
  CompleteResourceTokenAuth$,
]);

const names: ReadonlySet<string> = new Set(dataPlaneOperations.map(({ name }) => name));

/** Whether a name is that of an operation of the data plane, as in `GetResourceApiKey`. */
export function isDataPlaneOperation(name: string): boolean {
  return names.has(name);
}
