import { randomUUID } from "node:crypto";
import type { User } from "./outbound/credentials.ts";

/** Who asks: a verified identity, in the form Cedar policies see. */
export interface Principal {
  /** The Cedar entity type: a user of an OAuth issuer, or an IAM identity. */
  readonly type: "AgentCore::OAuthUser" | "AgentCore::IamEntity";
  /** `sub` of the token, or the ARN of the IAM identity. */
  readonly id: string;
  /** Every claim of the token as a string (tags.ts); empty for an IAM identity. */
  readonly tags: Readonly<Record<string, string>>;
  /** The agent that acts for this principal: `client_id` (or `azp`) of the token, or the access key's id. */
  readonly agent?: string;
  /** The verified issuer of the token. Absent for an IAM identity, and for whom nobody has verified. */
  readonly issuer?: string;
  /** Nobody knows who it is: the gateway lets everybody in. */
  readonly anonymous?: true;
}

/**
 * Whoever calls a gateway without an authorizer: to policies a user without a single claim. All of them are one principal,
 * so nothing that is kept for a principal may be theirs.
 */
export const anonymous: Principal = {
  type: "AgentCore::OAuthUser",
  id: "anonymous",
  tags: Object.freeze({}),
  anonymous: true,
};

/**
 * The user that tokens of others' services can belong to: of a verified issuer. An IAM identity is no user of such a
 * service, and strangers are not one user.
 */
export function userOf({ id, issuer }: Principal): User | undefined {
  return issuer === undefined ? undefined : { kind: "token", issuer, subject: id };
}

/**
 * Whose it is what a target keeps in a session (T04): a principal's. Of strangers each has its own for each request,
 * because nobody can tell which of them comes again.
 */
export function sessionOwnerOf({ type, id, issuer = "", anonymous: stranger }: Principal): readonly string[] {
  return stranger === true ? [type, id, randomUUID()] : [type, id, issuer];
}
