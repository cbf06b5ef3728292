import type { HandlersOf } from "../handlers.ts";
import { accessKeyHandlers } from "./accessKeys.ts";
import { createAuthorizer } from "./authorize.ts";
import type { AdministrationOptions } from "./dependencies.ts";
import { administrationPolicyHandlers } from "./policies.ts";
import type { AdministrationOperation } from "./types.ts";

/** The operations on access keys and administration policies. */
export function administrationHandlers(options: AdministrationOptions): HandlersOf<AdministrationOperation> {
  const dependencies = { authorizer: createAuthorizer(), now: () => new Date(), ...options };
  return { ...accessKeyHandlers(dependencies), ...administrationPolicyHandlers(dependencies) };
}
