import {
  type AuthorizationAnswer,
  isAuthorized,
  type PolicySet,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import { describeErrors } from "../cedar.ts";

/** A set of policies that Cedar keeps parsed in WebAssembly's memory, which no garbage collector reaches. */
export interface PreparsedSet {
  /**
   * Parses the policies when first used. An answer is kept for requests that are the same to Cedar; not to be changed.
   * Throws what Cedar throws.
   * @param comesAgain whether such a request can: none can that holds the time
   */
  decide(request: CedarRequest, comesAgain: boolean): AuthorizationAnswer;
  /** Gives the memory back. A call that still runs against an old snapshot goes on, parsing the policies each time. */
  release(): void;
}

/** All that Cedar looks at to decide, but the policies. */
type CedarRequest = Omit<StatefulAuthorizationCall, "preparsedPolicySetId">;

/**
 * Answers by set and request: agents repeat themselves, and most policies see little of what changes. Policies of a set
 * never change, and Cedar decides by nothing but them and the request, so an answer holds for as long as the set does.
 */
const answers = new LRUCache<string, AuthorizationAnswer>({
  // Characters; a request has some hundred.
  maxSize: 10_000_000,
  maxEntrySize: 10_000,
  sizeCalculation: (_, key) => key.length + 500,
});

const empty: PolicySet = { staticPolicies: {} };
let lastId = 0;
let lastSerial = 0;
/** Ids that were released: Cedar can't forget one, so it is given to the next set. */
const free: string[] = [];

export function preparsedSet(policies: () => PolicySet): PreparsedSet {
  let id: string | undefined;
  let released = false;
  const serial = ++lastSerial;
  const parse = (): string => {
    const name = free.pop() ?? `gatehouse-${++lastId}`;
    const answer = preparsePolicySet(name, policies());
    if (answer.type === "failure") throw new Error(`the policies cannot be parsed: ${describeErrors(answer.errors)}`);
    id = name;
    return name;
  };
  return {
    decide(request, comesAgain) {
      if (released) return isAuthorized({ ...request, policies: policies() });
      const ask = () => statefulIsAuthorized({ ...request, preparsedPolicySetId: id ?? parse() });
      if (!comesAgain) return ask();
      const key = `${serial} ${JSON.stringify(request)}`;
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = ask();
      // What failed may not fail again.
      if (answer.type === "success") answers.set(key, answer);
      return answer;
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
