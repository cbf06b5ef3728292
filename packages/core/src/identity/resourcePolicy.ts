import * as z from "zod";
import { GatehouseError } from "../errors.ts";
import type { Principal } from "./principal.ts";

const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.union([z.literal("*"), z.strictObject({ AWS: oneOrMore })]),
  Action: oneOrMore,
  Resource: oneOrMore,
});
const document = z.strictObject({
  Version: z.literal("2012-10-17"),
  Id: z.string().optional(),
  Statement: z.union([statement, z.array(statement).min(1).max(100)]),
});

/** A resource-based policy, parsed: who may invoke the resource at all. */
export type ResourcePolicy = readonly z.infer<typeof statement>[];

/** What a call of a gateway needs, in IAM's words. */
const invokeGateway = "bedrock-agentcore:InvokeGateway";

/**
 * Parses a resource-based policy: IAM's JSON policy language, of which Gatehouse evaluates Effect, Principal, Action and
 * Resource. What it can't evaluate (Condition, NotPrincipal, NotAction, NotResource) is refused: a policy that is kept
 * but not followed would be worse than none.
 * @throws GatehouseError `validation` that says what is wrong, and where.
 */
export function parseResourcePolicy(text: string): ResourcePolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused("is not JSON", cause);
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    throw refused(
      parsed.error.issues
        .map(({ path, message }) => `${path.map(String).join(".") || "the document"}: ${message}`)
        .join("; "),
    );
  }
  return [parsed.data.Statement].flat();
}

/**
 * Whether a policy lets a principal invoke a gateway: some statement must allow it, and none may deny it. A user of an
 * OAuth issuer is no AWS principal, so only `*` speaks of them.
 */
export function mayInvoke(
  policy: ResourcePolicy,
  principal: Pick<Principal, "type" | "id">,
  resource: string,
): boolean {
  const about = policy.filter(
    (one) =>
      [one.Action].flat().some((pattern) => matches(pattern.toLowerCase(), invokeGateway.toLowerCase())) &&
      [one.Resource].flat().some((pattern) => matches(pattern, resource)) &&
      namesPrincipal(one.Principal, principal),
  );
  return about.length > 0 && about.every(({ Effect }) => Effect === "Allow");
}

function namesPrincipal(named: z.infer<typeof statement>["Principal"], { type, id }: Pick<Principal, "type" | "id">) {
  const names = named === "*" ? ["*"] : [named.AWS].flat();
  const account = type === "AgentCore::IamEntity" ? id.split(":")[4] : undefined;
  return names.some(
    (name) =>
      name === "*" ||
      (type === "AgentCore::IamEntity" && name === id) ||
      (account !== undefined && (name === account || name === `arn:aws:iam::${account}:root`)),
  );
}

/** IAM's wildcards: `*` is any text, `?` any one character. Steps grow with the product of the two lengths at most. */
function matches(pattern: string, text: string): boolean {
  let [at, of, star, retry] = [0, 0, -1, 0];
  while (of < text.length) {
    if (pattern[at] === "*") [star, retry, at] = [at, of, at + 1];
    else if (pattern[at] === "?" || pattern[at] === text[of]) [at, of] = [at + 1, of + 1];
    else if (star >= 0) [at, of, retry] = [star + 1, retry + 1, retry + 1];
    else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

function refused(what: string, cause?: unknown): GatehouseError {
  const message = `must be a resource-based policy in IAM's JSON with Version "2012-10-17" and a Statement of Effect, Principal, Action and Resource: ${what}`;
  return new GatehouseError("validation", `policy ${message}.`, { fields: [{ name: "policy", message }], cause });
}
