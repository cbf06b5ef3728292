import {
  CreateApiKeyCredentialProviderCommand,
  type CreateApiKeyCredentialProviderCommandInput,
  CreateOauth2CredentialProviderCommand,
  type CreateOauth2CredentialProviderCommandInput,
  CreateWorkloadIdentityCommand,
  type CreateWorkloadIdentityCommandInput,
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
  UpdateApiKeyCredentialProviderCommand,
  type UpdateApiKeyCredentialProviderCommandInput,
  UpdateOauth2CredentialProviderCommand,
  type UpdateOauth2CredentialProviderCommandInput,
  UpdateWorkloadIdentityCommand,
  type UpdateWorkloadIdentityCommandInput,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { asInput, type Run, resolve, surroundingsOf } from "../run.ts";
import { changeTags } from "../tagSteps.ts";
import type { IdentityKind } from "./kinds.ts";
import { identityRequest } from "./requests.ts";

/** Creates or changes an agent or a credential provider. A change sends the secret again. */
export async function putIdentity(run: Run, kind: IdentityKind, name: string): Promise<void> {
  const { client, document, deployment } = run;
  const entry = document.identity[kind]?.get(name);
  if (entry === undefined) throw new Error(`The document has no ${kind} ${name}.`);
  const settings = resolve(entry.settings, surroundingsOf(run));
  const tags = resolve(entry.tags, surroundingsOf(run));
  const present = deployment.identity?.[kind]?.get(name);
  const { secret } = entry;
  const given = { settings, ...(secret === undefined ? {} : { secret }) };
  if (present === undefined) return create(client, kind, identityRequest(kind, name, { ...given, tags }));
  await changeTags(client, present.arn, present.tags, tags);
  await update(client, kind, identityRequest(kind, name, given));
}

export async function deleteIdentity({ client }: Run, kind: IdentityKind, name: string): Promise<void> {
  switch (kind) {
    case "workloadIdentity":
      await client.send(new DeleteWorkloadIdentityCommand({ name }));
      return;
    case "apiKeyCredentialProvider":
      await client.send(new DeleteApiKeyCredentialProviderCommand({ name }));
      return;
    case "oauth2CredentialProvider":
      await client.send(new DeleteOauth2CredentialProviderCommand({ name }));
  }
}

async function create(client: Run["client"], kind: IdentityKind, request: ReturnType<typeof identityRequest>) {
  switch (kind) {
    case "workloadIdentity":
      await client.send(new CreateWorkloadIdentityCommand(asInput<CreateWorkloadIdentityCommandInput>(request)));
      return;
    case "apiKeyCredentialProvider": {
      const input = asInput<CreateApiKeyCredentialProviderCommandInput>(request);
      await client.send(new CreateApiKeyCredentialProviderCommand(input));
      return;
    }
    case "oauth2CredentialProvider": {
      const input = asInput<CreateOauth2CredentialProviderCommandInput>(request);
      await client.send(new CreateOauth2CredentialProviderCommand(input));
    }
  }
}

async function update(client: Run["client"], kind: IdentityKind, request: ReturnType<typeof identityRequest>) {
  switch (kind) {
    case "workloadIdentity":
      await client.send(new UpdateWorkloadIdentityCommand(asInput<UpdateWorkloadIdentityCommandInput>(request)));
      return;
    case "apiKeyCredentialProvider": {
      const input = asInput<UpdateApiKeyCredentialProviderCommandInput>(request);
      await client.send(new UpdateApiKeyCredentialProviderCommand(input));
      return;
    }
    case "oauth2CredentialProvider": {
      const input = asInput<UpdateOauth2CredentialProviderCommandInput>(request);
      await client.send(new UpdateOauth2CredentialProviderCommand(input));
    }
  }
}
