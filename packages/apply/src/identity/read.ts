import {
  type BedrockAgentCoreControlClient,
  GetApiKeyCredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  GetWorkloadIdentityCommand,
  ListTagsForResourceCommand,
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
  ResourceNotFoundException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { type ByKind, type IdentityKind, identityKinds, type PresentIdentity } from "./kinds.ts";
import { oauth2EntryOf, presentOauth2Meaning, secretVariable } from "./meaning.ts";

/** What is to be read of each kind: by name, or everybody's; nothing of a kind that isn't named. */
export type IdentityExtent = Partial<Record<IdentityKind, ReadonlySet<string> | "all">>;

type Client = BedrockAgentCoreControlClient;

/** Reads what is deployed of identity. */
export async function readIdentity(client: Client, extent: IdentityExtent): Promise<ByKind<PresentIdentity>> {
  const present: ByKind<PresentIdentity> = {};
  for (const kind of identityKinds) {
    const within = extent[kind];
    if (within === undefined) continue;
    const names = within === "all" ? await namesOf(client, kind) : [...within];
    const found = new Map<string, PresentIdentity>();
    for (const name of names) {
      const one = await readOne(client, kind, name).catch(unlessGone);
      if (one !== undefined) found.set(name, { ...one, tags: await readTags(client, one.arn) });
    }
    present[kind] = found;
  }
  return present;
}

async function namesOf(client: Client, kind: IdentityKind): Promise<string[]> {
  const names: (string | undefined)[] = [];
  if (kind === "workloadIdentity") {
    for await (const page of paginateListWorkloadIdentities({ client }, {})) {
      names.push(...(page.workloadIdentities ?? []).map(({ name }) => name));
    }
  } else {
    const list =
      kind === "apiKeyCredentialProvider"
        ? paginateListApiKeyCredentialProviders({ client }, {})
        : paginateListOauth2CredentialProviders({ client }, {});
    for await (const page of list) names.push(...(page.credentialProviders ?? []).map(({ name }) => name));
  }
  return names.filter((name) => name !== undefined);
}

async function readOne(client: Client, kind: IdentityKind, name: string): Promise<Omit<PresentIdentity, "tags">> {
  switch (kind) {
    case "workloadIdentity": {
      const found = await client.send(new GetWorkloadIdentityCommand({ name }));
      const settings = { allowedResourceOauth2ReturnUrls: found.allowedResourceOauth2ReturnUrls ?? [] };
      return { arn: found.workloadIdentityArn ?? "", settings, meaning: settings };
    }
    case "apiKeyCredentialProvider": {
      const { credentialProviderArn: arn = "" } = await client.send(new GetApiKeyCredentialProviderCommand({ name }));
      return { arn, settings: { apiKeyFrom: secretVariable(name, "API_KEY") }, meaning: {} };
    }
    case "oauth2CredentialProvider": {
      const found = await client.send(new GetOauth2CredentialProviderCommand({ name }));
      const { credentialProviderArn: arn = "" } = found;
      return { arn, settings: oauth2EntryOf(name, found), meaning: presentOauth2Meaning(found) };
    }
  }
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof ResourceNotFoundException)) throw error;
}

async function readTags(client: Client, resourceArn: string): Promise<JsonObject> {
  const { tags = {} } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));
}
