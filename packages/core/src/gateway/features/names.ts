import { foldKey } from "../../json.ts";
import { qualifiedName } from "../../tools.ts";

/** How what targets offer is called towards agents: with the target's name in it, or as the target calls it. */
export type Naming = "QUALIFIED" | "PLAIN";

/** What something of a target is called by its target. */
export interface Owned {
  readonly target: string;
  /** The target's own name, URI or template. */
  readonly own: string;
}

const scheme = "gatehouse";
const qualified = new RegExp(`^${scheme}:([0-9A-Za-z-]+)/(.+)$`, "s");

/** The name of a target's prompt with the target's name in it. */
export function qualifiedPrompt({ target, own }: Owned): string {
  return qualifiedName(target, own);
}

/**
 * A target's URI, or template of URIs, with the target's name in it: `gatehouse:Docs/file:///a.txt`. A URI again (RFC 3986
 * section 3.3: what stands behind the scheme is a path that may hold any URI without brackets) and a template again (RFC
 * 6570: all that is added is literal). The target's name stands in the path, where case counts, unlike in a scheme or host.
 */
export function qualifiedUri({ target, own }: Owned): string {
  return `${scheme}:${target}/${own}`;
}

/** The target and its own URI in a qualified one; undefined for any other. */
export function ownedUri(uri: string): Owned | undefined {
  const [, target, own] = qualified.exec(uri) ?? [];
  return target === undefined || own === undefined ? undefined : { target, own };
}

/**
 * What agents call each of some things; undefined for one that can't be told from another, and so is not offered: with plain
 * names, which of two is meant must not hang on which target came first (T12).
 */
export function shownNames(
  things: readonly Owned[],
  qualify: (thing: Owned) => string,
  naming: Naming,
): (string | undefined)[] {
  if (naming === "QUALIFIED") return things.map(qualify);
  const counts = new Map<string, number>();
  for (const { own } of things) counts.set(foldKey(own), (counts.get(foldKey(own)) ?? 0) + 1);
  // A qualified URI is always another target's.
  return things.map(({ own }) => (counts.get(foldKey(own)) === 1 && ownedUri(own) === undefined ? own : undefined));
}
