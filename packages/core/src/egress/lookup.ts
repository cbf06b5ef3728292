import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { isLoopbackAddress, isPublicAddress, loopbackNames } from "./addresses.ts";

/** Finds the addresses of a name, as `lookup` of node:dns/promises does with `all`. */
export type Resolve = (name: string, options: LookupOptions & { all: true }) => Promise<readonly LookupAddress[]>;

/**
 * The lookup of a connection: finds the addresses of a name and hands out only such as were checked, so that the
 * connection goes to a checked address and a second answer of DNS changes nothing (T06). One address that is not public
 * condemns the name. A name of this very machine must lead to this very machine.
 */
export function checkedLookup(
  resolve: Resolve = lookup,
  isPublic: (address: string) => boolean = isPublicAddress,
): LookupFunction {
  // A name that is asked for many times at once is one question: slow ones share two threads of the process.
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();

  function find(name: string, options: LookupOptions): Promise<readonly LookupAddress[]> {
    const key = JSON.stringify([name, options.family, options.hints]);
    const asked = underWay.get(key);
    if (asked !== undefined) return asked;
    const answer = resolve(name, { ...options, all: true })
      .then((addresses) => check(name, addresses))
      .finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  }

  function check(name: string, addresses: readonly LookupAddress[]): readonly LookupAddress[] {
    const allowed = loopbackNames.has(name) ? isLoopbackAddress : isPublic;
    const refused = addresses.find(({ address }) => !allowed(address));
    // Where it leads is not told: whoever configured the name could map a network by it.
    if (refused !== undefined) throw new TypeError(`${name} does not lead to a public address.`);
    if (addresses.length === 0) throw new TypeError(`${name} has no address.`);
    return addresses;
  }

  return (name, options, callback) => {
    find(name, options).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, [...addresses]);
        else callback(null, first?.address ?? "", first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}
