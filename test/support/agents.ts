import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import {
  CreateApiKeyCredentialProviderCommand,
  CreateOauth2CredentialProviderCommand,
  CreateWorkloadIdentityCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { TestGatehouse } from "./gatehouse.ts";
import { type AccessKey, signedRequest } from "./signedRequest.ts";

/** An access key with a role, as an administrator makes it. */
export async function accessKeyOf({ host }: TestGatehouse, role: string): Promise<AccessKey> {
  const request = { method: "POST", path: "/access-keys", body: { name: role, roles: [role] } };
  const { status, body } = await signedRequest(host.url, request, host.administrator);
  if (status !== 201) throw new Error(`There is no key: ${JSON.stringify(body)}`);
  return { accessKeyId: body.accessKeyId, secretAccessKey: body.secretAccessKey };
}

/** AWS's own client of the data plane, as agents' code has it. */
export async function agentsClient(gatehouse: TestGatehouse): Promise<BedrockAgentCoreClient> {
  const { url: endpoint, region } = gatehouse.host;
  return new BedrockAgentCoreClient({ endpoint, region, credentials: await accessKeyOf(gatehouse, "agent") });
}

export const apiKey = "an-api-key-that-nobody-sees";
export const clientSecret = "a-client-secret-that-nobody-sees";

/** An agent, a key that it may have, and a client of the host's own issuer that it may be. */
export async function addAgent({ control, host }: TestGatehouse, name = "travel"): Promise<void> {
  await control.send(
    new CreateWorkloadIdentityCommand({ name, allowedResourceOauth2ReturnUrls: ["http://127.0.0.1:1/back"] }),
  );
  await control.send(new CreateApiKeyCredentialProviderCommand({ name: "weather", apiKey }));
  await control.send(
    new CreateOauth2CredentialProviderCommand({
      name: "calendar",
      credentialProviderVendor: "CustomOauth2",
      oauth2ProviderConfigInput: {
        customOauth2ProviderConfig: {
          oauthDiscovery: { discoveryUrl: `${host.idp.issuer}/.well-known/openid-configuration` },
          clientId: "gatehouse-at-calendar",
          clientSecret,
        },
      },
    }),
  );
}
