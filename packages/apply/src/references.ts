import type { Json } from "@gatehouse/core/json.ts";

/** `$${` stands for `${` itself; what begins with `${` and has no end is a mistake. */
const references = /\$\$\{|\$\{([^${}\n]*)\}|\$\{/g;

/** What becomes of a reference: its text, `keep` to leave it for later, or why it can't be. */
export type Replacement = { readonly text: string } | "keep" | { readonly problem: string };

/** Changes every text in a value; names of members stay. */
export function mapTexts(value: Json, path: string, change: (text: string, path: string) => string): Json {
  if (typeof value === "string") return change(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, `${path}[${index}]`, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapTexts(item, path === "" ? name : `${path}.${name}`, change)]),
  );
}

/**
 * Replaces the references in a text.
 * @param last whether nothing replaces references after this, so that `$${` becomes what it stands for.
 */
export function replaceReferences(
  text: string,
  last: boolean,
  replace: (reference: string) => Replacement,
  onProblem: (message: string) => void,
): string {
  return text.replace(references, (match, reference: string | undefined) => {
    if (match === "$${") return last ? "${" : match;
    const replacement: Replacement =
      reference === undefined ? { problem: `has a \${ without a }; write $\${ for \${ itself` } : replace(reference);
    if (replacement === "keep") return match;
    if ("text" in replacement) return replacement.text;
    onProblem(replacement.problem);
    return match;
  });
}

/** Text that means itself where references are replaced. */
export function escapeReferences(text: string): string {
  // A function, because `$$` has a meaning of its own in a replacement.
  return text.replaceAll("${", () => "$${");
}

/** A gateway as references to it are resolved. */
export interface GatewayAddress {
  readonly id: string;
  readonly arn: string;
  readonly url: string;
}

/** What references can be about, as far as it is known. */
export interface Surroundings {
  readonly region: string;
  /** Not known as long as nothing is deployed. */
  readonly account?: string | undefined;
  readonly gateways: ReadonlyMap<string, GatewayAddress>;
}

/** The text of a reference, or undefined if it isn't known. */
export function lookUp(reference: string, { region, account, gateways }: Surroundings): string | undefined {
  if (reference === "region") return region;
  if (reference === "account") return account;
  const { name, member } = gatewayReference(reference) ?? {};
  return name === undefined || member === undefined ? undefined : gateways.get(name)?.[member];
}

/** What a reference to a gateway asks for, or undefined if it is no such reference. */
export function gatewayReference(
  reference: string,
): { readonly name: string; readonly member: keyof GatewayAddress } | undefined {
  const found = /^gateway\.([^.]+)\.(arn|url|id)$/.exec(reference);
  const [, name, member] = found ?? [];
  return name === undefined ? undefined : { name, member: member as keyof GatewayAddress }; // As the pattern says.
}

/** The references that there are. */
export function knownReferences(gateways: Iterable<string>): string {
  const ofGateways = [...gateways].flatMap((name) => ["arn", "url", "id"].map((member) => `gateway.${name}.${member}`));
  return ["region", "account", ...ofGateways].join(", ");
}

/**
 * What is known, and for whatever isn't created yet something of the same form: so that everything can be checked before
 * anything is created.
 */
export function withStandIns(surroundings: Surroundings, names: Iterable<string>): Surroundings & { account: string } {
  const account = surroundings.account ?? "000000000000";
  const gateways = new Map(surroundings.gateways);
  for (const name of names) {
    if (gateways.has(name)) continue;
    const id = `${name.toLowerCase().replace(/-$/, "")}-0000000000`;
    const arn = `arn:aws:bedrock-agentcore:${surroundings.region}:${account}:gateway/${id}`;
    gateways.set(name, { id, arn, url: `https://gateway.invalid/gateways/${id}/mcp` });
  }
  return { ...surroundings, account, gateways };
}
