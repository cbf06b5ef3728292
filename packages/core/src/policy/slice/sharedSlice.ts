import { LRUCache } from "lru-cache";
import type { Principal } from "../../identity/principal.ts";
import { type Sight, sightOf } from "../listing/sight.ts";
import { type PreparsedSet, preparsedSet } from "./preparsed.ts";
import { flatSet, type Slice } from "./slice.ts";

/** A slice with what Cedar keeps parsed of it. Engines of successive versions share it while its policies stay the same. */
export interface SharedSlice {
  readonly slice: Slice;
  /** The policies that can hold for a principal, to be evaluated; undefined if there are none. */
  setFor(principal: Principal): PreparsedSet | undefined;
  /** Whether the tool is listed for a principal, if that was found out before for one who looks the same to the policies. */
  isListed(principal: Principal): boolean | undefined;
  keepListed(principal: Principal, isListed: boolean): void;
  /** Counts an engine that uses the slice. */
  acquire(): void;
  /** Counts it off. When the last one is gone, Cedar's memory is given back; the slice can still be used, and acquired again. */
  release(): void;
}

/**
 * How many policies Cedar keeps parsed, of all engines together: a policy is counted once for each tool and each group of
 * principals whom the same policies can apply to. One takes 2 to 5 kB of WebAssembly's memory.
 */
const greatestNumberOfPolicies = 20_000;
/** However many policies a set has, it leaves room for others: parsing it at each call would take seconds. */
const greatestShare = greatestNumberOfPolicies / 10;

/** For how many groups of callers a tool's place in their lists is kept. */
const greatestNumberOfAnswers = 50;

interface Kept {
  readonly set: PreparsedSet;
  readonly size: number;
  /** The keys under which the slice's sets are kept. */
  readonly keys: Set<string>;
}

const sets = new LRUCache<string, Kept>({
  maxSize: greatestNumberOfPolicies,
  sizeCalculation: ({ size }) => size,
  dispose: ({ set, keys }, key) => {
    keys.delete(key);
    set.release();
  },
});
let lastSerial = 0;

export function sharedSlice(slice: Slice): SharedSlice {
  const serial = ++lastSerial;
  const keys = new Set<string>();
  let users = 0;
  let sight: Sight | undefined;
  let answers: LRUCache<string, boolean> | undefined;
  const sightKey = (principal: Principal): string => {
    sight ??= sightOf([slice]);
    return sight.keyFor(principal);
  };
  return {
    slice,
    setFor(principal) {
      const key = `${serial} ${slice.guards.keyFor(principal)}`;
      const known = sets.get(key);
      if (known) return known.set;
      const ids = slice.guards.idsFor(principal);
      if (ids.size === 0) return undefined;
      const set = preparsedSet(() => flatSet(slice, ids));
      if (users === 0) set.release();
      else {
        keys.add(key);
        sets.set(key, { set, size: Math.min(ids.size, greatestShare), keys });
      }
      return set;
    },
    isListed: (principal) => answers?.get(sightKey(principal)),
    keepListed(principal, isListed) {
      answers ??= new LRUCache({ max: greatestNumberOfAnswers });
      answers.set(sightKey(principal), isListed);
    },
    acquire() {
      users += 1;
    },
    release() {
      users -= 1;
      if (users > 0) return;
      for (const key of [...keys]) sets.delete(key);
    },
  };
}
