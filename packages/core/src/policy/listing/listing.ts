import { isAuthorizedPartial, type ResidualResponse } from "@cedar-policy/cedar-wasm/nodejs";
import type { Principal } from "../../identity/principal.ts";
import { actionType, gatewayType } from "../cedar.ts";
import { entitiesOf, systemContext } from "../request/request.ts";
import type { PolicySchema } from "../schema/policySchema.ts";
import { type Slice, writtenSet } from "../slice/slice.ts";
import { someInputIsAllowed } from "./residual.ts";

/** The input of a call that nobody has made yet. */
const unknownInput = { __extn: { fn: "unknown", arg: "input" } };

/**
 * The tools that some call of this principal would be permitted for, by partial evaluation with `context.input` unknown
 * (contract, "Policy (Cedar)"). Errs on the side of showing: what is hidden can't be called, but not all that is shown can.
 * Anything that goes wrong hides the tool.
 *
 * Tools that the same policies govern are evaluated once, unless a policy looks at the action itself; what the answer means
 * for each is then read with the tool's own type.
 */
export function listableTools(
  slices: Iterable<Slice>,
  schema: PolicySchema,
  principal: Principal,
  now: Date,
): Set<string> {
  const answers = new Map<string, ResidualResponse | undefined>();
  const shown = new Set<string>();
  for (const slice of slices) {
    const ids = [...slice.guards.idsFor(principal)];
    if (slice.blockers.length > 0 || !ids.some((id) => slice.policies.get(id)?.effect === "permit")) continue;
    const question = slice.needs.action ? `${ids.join()} ${slice.action.name}` : ids.join();
    if (!answers.has(question)) answers.set(question, evaluatePartially(slice, ids, schema, principal, now));
    const answer = answers.get(question);
    if (answer && someInputIsAllowed(answer, slice.action.input)) shown.add(slice.action.name);
  }
  return shown;
}

function evaluatePartially(
  slice: Slice,
  ids: readonly string[],
  schema: PolicySchema,
  principal: Principal,
  now: Date,
): ResidualResponse | undefined {
  try {
    const answer = isAuthorizedPartial({
      principal: { type: principal.type, id: principal.id },
      action: { type: actionType, id: slice.action.name },
      resource: { type: gatewayType, id: schema.gatewayArn },
      context: { ...systemContext(slice, now), input: unknownInput },
      policies: writtenSet(slice, ids),
      entities: entitiesOf(slice, schema, principal, true),
    });
    return answer.type === "residuals" ? answer.response : undefined;
  } catch {
    return undefined;
  }
}
