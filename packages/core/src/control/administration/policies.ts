import { GatehouseError } from "../../errors.ts";
import type { AdministrationPoliciesRecord, AdministrationState } from "../../storage/administrationRepository.ts";
import type { HandlersOf } from "../handlers.ts";
import type { RequestScope } from "../scope.ts";
import { changeAdministration } from "./change.ts";
import type { AdministrationDependencies } from "./dependencies.ts";
import { requireSomebodyLeft } from "./lockOut.ts";
import { administrationPoliciesArn } from "./resources.ts";
import { shippedPolicies } from "./shippedPolicies.ts";
import type { AdministrationPolicies } from "./types.ts";
import { validateAdministrationPolicies } from "./validate.ts";

/** The operations on the administration policies: they are read, replaced as a whole, or taken back. */
export function administrationPolicyHandlers(
  dependencies: AdministrationDependencies,
): HandlersOf<"GetAdministrationPolicies" | "PutAdministrationPolicies" | "DeleteAdministrationPolicies"> {
  const { administration, now } = dependencies;

  /** Replaces the policies by others, or by the shipped ones where there is no text. */
  const replace = (
    operation: "PutAdministrationPolicies" | "DeleteAdministrationPolicies",
    input: { readonly policies?: string; readonly version?: number | undefined },
    scope: RequestScope,
  ): Promise<AdministrationPolicies> =>
    changeAdministration(dependencies, { operation, input, administrator: scope.administrator }, async (seen) => {
      requireVersion(seen, input.version);
      const next = { ...textOf(input), updatedAt: now().toISOString() };
      const { policies: _, ...rest } = seen;
      requireSomebodyLeft(dependencies, { ...rest, ...next }, scope.administrator);
      const answer = describe({ ...next, version: seen.version + 1 });
      const resource = administrationPoliciesArn(dependencies);
      const alongside = scope.alongside({ resource, before: describe(seen), after: answer, answer });
      await administration.putPolicies(seen, next, alongside);
      return answer;
    });

  return {
    async GetAdministrationPolicies() {
      return describe(await administration.policies());
    },

    async PutAdministrationPolicies(input, scope) {
      const warnings = validateAdministrationPolicies(input.policies);
      const answer = await replace("PutAdministrationPolicies", input, scope);
      return { ...answer, ...(warnings.length > 0 ? { warnings } : {}) };
    },

    async DeleteAdministrationPolicies({ version }, scope) {
      return replace("DeleteAdministrationPolicies", { version }, scope);
    },
  };
}

function textOf({ policies }: { readonly policies?: string }): { policies?: string } {
  return policies === undefined ? {} : { policies };
}

function requireVersion({ version }: AdministrationState, expected: number | undefined): void {
  if (expected === undefined || expected === version) return;
  throw new GatehouseError(
    "conflict",
    `The administration is at version ${version}, not ${expected}: read the policies again and repeat the change.`,
  );
}

function describe({ policies, version, updatedAt }: AdministrationPoliciesRecord): AdministrationPolicies {
  return {
    policies: policies ?? shippedPolicies,
    version,
    shipped: policies === undefined,
    ...(updatedAt === undefined ? {} : { updatedAt: new Date(updatedAt) }),
  };
}
