import {
  type AuthorizationAnswer,
  isAuthorized,
  type PolicySet,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from "@cedar-policy/cedar-wasm/nodejs";
import { describeErrors } from "../cedar.ts";

/** A set of policies that Cedar keeps parsed in WebAssembly's memory, which no garbage collector reaches. */
export interface PreparsedSet {
  /** Parses the policies when first used. Throws what Cedar throws. */
  decide(request: Omit<StatefulAuthorizationCall, "preparsedPolicySetId">): AuthorizationAnswer;
  /** Gives the memory back. A call that still runs against an old snapshot goes on, parsing the policies each time. */
  release(): void;
}

const empty: PolicySet = { staticPolicies: {} };
let lastId = 0;
/** Ids that were released: Cedar can't forget one, so it is given to the next set. */
const free: string[] = [];

export function preparsedSet(policies: () => PolicySet): PreparsedSet {
  let id: string | undefined;
  let released = false;
  const parse = (): string => {
    const name = free.pop() ?? `gatehouse-${++lastId}`;
    const answer = preparsePolicySet(name, policies());
    if (answer.type === "failure") throw new Error(`the policies cannot be parsed: ${describeErrors(answer.errors)}`);
    id = name;
    return name;
  };
  return {
    decide(request) {
      if (released) return isAuthorized({ ...request, policies: policies() });
      return statefulIsAuthorized({ ...request, preparsedPolicySetId: id ?? parse() });
    },
    release() {
      released = true;
      if (id === undefined) return;
      preparsePolicySet(id, empty);
      free.push(id);
      id = undefined;
    },
  };
}
