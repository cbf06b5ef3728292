import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import {
  type BedrockAgentCoreControlClient,
  CreateApiKeyCredentialProviderCommand,
  CreateOauth2CredentialProviderCommand,
  CreateWorkloadIdentityCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { type AccessKey, signedRequest } from "./signedRequest.ts";

/** A running Gatehouse, as whoever administers it sees it. */
interface Place {
  readonly url: string;
  readonly administrator: AccessKey;
}

/** An access key with a role, as an administrator makes it. */
export async function accessKeyOf({ url, administrator }: Place, role: string): Promise<AccessKey> {
  const request = { method: "POST", path: "/access-keys", body: { name: role, roles: [role] } };
  const { status, body } = await signedRequest(url, request, administrator);
  if (status !== 201) throw new Error(`There is no key: ${JSON.stringify(body)}`);
  return { accessKeyId: body.accessKeyId, secretAccessKey: body.secretAccessKey };
}

/** AWS's own client of the data plane, as agents' code has it. */
export async function agentsClient(place: Place): Promise<BedrockAgentCoreClient> {
  const credentials = await accessKeyOf(place, "agent");
  return new BedrockAgentCoreClient({ endpoint: place.url, region: "us-east-1", credentials });
}

export const apiKey = "an-api-key-that-nobody-sees";
export const clientSecret = "a-client-secret-that-nobody-sees";

/** An agent, a key that it may have, and a client of an issuer that it may be. */
export async function addAgent(control: BedrockAgentCoreControlClient, issuer: string): Promise<void> {
  await control.send(
    new CreateWorkloadIdentityCommand({ name: "travel", allowedResourceOauth2ReturnUrls: ["http://127.0.0.1:1/back"] }),
  );
  await control.send(new CreateApiKeyCredentialProviderCommand({ name: "weather", apiKey }));
  await control.send(
    new CreateOauth2CredentialProviderCommand({
      name: "calendar",
      credentialProviderVendor: "CustomOauth2",
      oauth2ProviderConfigInput: {
        customOauth2ProviderConfig: {
          oauthDiscovery: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
          clientId: "gatehouse-at-calendar",
          clientSecret,
        },
      },
    }),
  );
}
