import type { NamedRecords } from "../../storage/identityRepository.ts";
import type { ControlPlaneDependencies } from "../handlers.ts";
import { idOfArn } from "../identifiers.ts";
import type { Tagged } from "../tagged.ts";
import { nowAfter } from "../times.ts";
import { apiKeyProviderArn, oauth2ProviderArn, workloadIdentityArn } from "./arns.ts";

interface TaggedRecord {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly updatedAt: string;
}

/**
 * The workload identity or credential provider of an ARN with its tags; undefined for any other text.
 * @throws GatehouseError `notFound`
 */
export async function taggedIdentity(dependencies: ControlPlaneDependencies, arn: string): Promise<Tagged | undefined> {
  const { workloadIdentities, apiKeyProviders, oauth2Providers } = dependencies.identityRepository;
  const name = idOfArn(arn);
  if (arn === workloadIdentityArn(dependencies, name)) return tagged(workloadIdentities, name);
  if (arn === apiKeyProviderArn(dependencies, name)) return tagged(apiKeyProviders, name);
  if (arn === oauth2ProviderArn(dependencies, name)) return tagged(oauth2Providers, name);
  return undefined;
}

async function tagged<R extends TaggedRecord>(records: NamedRecords<R>, name: string): Promise<Tagged> {
  const record = await records.existing(name);
  return {
    tags: record.tags ?? {},
    replace: (tags, alongside) =>
      records.update(record, { ...record, tags, updatedAt: nowAfter(record.updatedAt) }, alongside),
  };
}
