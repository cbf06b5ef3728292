import type { ActionType, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import { evaluationOperations } from "../../evaluation/onDemand/operations.ts";
import { dataPlaneOperations } from "../../identity/dataPlane/operations.ts";
import { operations } from "../operations.ts";
import { actionGroups, groupsOf, invokeGateway, parentOf, putSpans } from "./actionGroups.ts";
import { observabilityActions } from "./observabilityActions.ts";
import { isAboutResource } from "./resources.ts";

/** The namespace of everything that administration policies speak of. */
export const namespace = "Gatehouse";

/** The name of one of its types, as in `Gatehouse::Role`. */
export const typeNamed = (name: "Action" | "Role" | "Account" | "Resource"): string => `${namespace}::${name}`;

/**
 * The Cedar schema of administration: an action for every operation of the control plane and of the data plane's identity
 * and evaluation, in its group, those of the query API, one for callers of gateways, and one for exporters of spans. What an action is
 * about is known by its operation, so that a policy that joins what never comes together is found out.
 */
export const administrationSchema: SchemaJson<string> = {
  [namespace]: {
    entityTypes: {
      AccessKey: { memberOfTypes: ["Role"] },
      OAuthUser: { memberOfTypes: ["Role"], tags: { type: "EntityOrCommon", name: "String" } },
      Role: {},
      Account: {},
      Resource: { memberOfTypes: ["Account"] },
    },
    actions: Object.fromEntries([
      ...actionGroups.map((group): [string, ActionType<string>] => {
        const parent = parentOf(group);
        return [group, action([], parent === undefined ? [] : [parent])];
      }),
      ...[...operations, ...dataPlaneOperations, ...evaluationOperations].map(
        (operation): [string, ActionType<string>] => [
          operation.name,
          action([isAboutResource(operation.name) ? "Resource" : "Account"], groupsOf(operation.name)),
        ],
      ),
      ...observabilityActions.map((name): [string, ActionType<string>] => [name, action(["Account"], groupsOf(name))]),
      [invokeGateway, action(["Resource"], [])],
      [putSpans, action(["Account"], [])],
    ]),
  },
};

function action(resourceTypes: string[], memberOf: readonly string[]): ActionType<string> {
  const principalTypes = resourceTypes.length === 0 ? [] : ["AccessKey", "OAuthUser"];
  return { memberOf: memberOf.map((id) => ({ id })), appliesTo: { principalTypes, resourceTypes } };
}
