import { GatehouseError } from "../../errors.ts";
import { returnUrlViolation } from "../../identity/outbound/returnUrls.ts";
import type { WorkloadIdentityRecord } from "../../storage/identityRecords.ts";
import { defined } from "../defined.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import { invalid } from "../input.ts";
import type { OutputOf } from "../operationTypes.ts";
import { now } from "../times.ts";
import { workloadIdentityArn } from "./arns.ts";
import { namedResources } from "./namedResources.ts";

/** The operations on workload identities: the agents that may ask for credentials. */
export function workloadIdentityHandlers(dependencies: ControlPlaneDependencies) {
  const { repository, identityRepository } = dependencies;
  const identities = () => identityRepository.workloadIdentities;
  const resources = namedResources({
    records: identities,
    what: "Workload identity",
    arnOf: ({ workloadIdentityArn }) => workloadIdentityArn,
    describe,
    readBy,
  });

  return {
    async CreateWorkloadIdentity({ name, allowedResourceOauth2ReturnUrls = [], tags }, scope) {
      checkReturnUrls(allowedResourceOauth2ReturnUrls);
      // Users consent to what a gateway does under its id: an agent of that name would come into what they gave to it.
      if ((await repository.getGateway(name)) !== undefined) {
        throw new GatehouseError("conflict", `${name} is the id of a gateway, which is an agent already.`);
      }
      const time = now();
      const record: WorkloadIdentityRecord = {
        name,
        workloadIdentityArn: workloadIdentityArn(dependencies, name),
        allowedResourceOauth2ReturnUrls,
        // Tokens of an agent that had the name before are not this one's.
        tokensNotBefore: time,
        ...defined({ tags }),
        createdAt: time,
        updatedAt: time,
      };
      const { createdTime: _, lastUpdatedTime: __, ...answer } = describe(record);
      const change = { resource: record.workloadIdentityArn, readBy, after: describe(record), answer };
      await identities().create(record, scope.alongside(change));
      return answer;
    },

    async GetWorkloadIdentity({ name }) {
      return describe(await identities().existing(name));
    },

    /** Replaces the return addresses, as AWS does: what the request leaves out is taken away. */
    async UpdateWorkloadIdentity({ name, allowedResourceOauth2ReturnUrls = [] }, scope) {
      checkReturnUrls(allowedResourceOauth2ReturnUrls);
      return resources.update(name, scope, (previous) => ({ ...previous, allowedResourceOauth2ReturnUrls }));
    },

    async ListWorkloadIdentities(page) {
      const { items, nextToken } = await identities().list(page);
      const workloadIdentities = items.map(({ name, workloadIdentityArn }) => ({ name, workloadIdentityArn }));
      return { workloadIdentities, nextToken };
    },

    DeleteWorkloadIdentity: ({ name }, scope) => resources.delete(name, scope),
  } satisfies Handlers;
}

const readBy = "GetWorkloadIdentity" as const;

/** @throws GatehouseError `validation` that names every address that browsers can't be sent to. */
export function checkReturnUrls(urls: readonly string[]): void {
  const fields = urls.flatMap((url, index) => {
    const message = returnUrlViolation(url);
    return message === undefined ? [] : [{ name: `allowedResourceOauth2ReturnUrls[${index}]`, message }];
  });
  if (fields.length > 0) throw invalid(fields);
}

function describe(record: WorkloadIdentityRecord) {
  return {
    name: record.name,
    workloadIdentityArn: record.workloadIdentityArn,
    allowedResourceOauth2ReturnUrls: [...record.allowedResourceOauth2ReturnUrls],
    createdTime: new Date(record.createdAt),
    lastUpdatedTime: new Date(record.updatedAt),
  } satisfies OutputOf<"GetWorkloadIdentity">;
}
