import { hash } from "node:crypto";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import type { TokenKey } from "../../storage/vaultRepository.ts";
import type { OnBehalfOf, TokenRequest, User } from "./credentials.ts";
import { registrationOf } from "./registration.ts";

/** What tokens are for: of one owner, those that differ in any of it are kept apart. */
export interface TokenPurpose {
  readonly flow: TokenRequest["flow"];
  readonly scopes: readonly string[];
  readonly audiences?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly customParameters?: Readonly<Record<string, string>> | undefined;
  /** The user's token that they were exchanged for. */
  readonly subjectToken?: string;
}

/** Whose tokens, for what, and the context that they are sealed under. */
export interface Ownership {
  readonly key: TokenKey;
  readonly context: Readonly<Record<string, string>>;
}

/** The same text for the same user, and another for every other: an id can't be made to look like a user of an issuer. */
export function nameOfUser(user: User | undefined): string {
  if (user === undefined) return "";
  return JSON.stringify(user.kind === "token" ? [user.kind, user.issuer, user.subject] : [user.kind, user.id]);
}

/** The members of a sealed text's context that say whose it is. */
export function ownerContext(
  provider: Oauth2ProviderRecord,
  { agent, agentSince, user }: OnBehalfOf,
): Record<string, string> {
  // No name has a bracket.
  const owner = agentSince === undefined ? agent : JSON.stringify([agent, agentSince]);
  return { provider: provider.credentialProviderArn, agent: owner, user: nameOfUser(user) };
}

/** Where tokens of an owner for a purpose are, and how they are sealed. Tokens of machines are the agent's, whoever the user is. */
export function ownershipOf(provider: Oauth2ProviderRecord, who: OnBehalfOf, purpose: TokenPurpose): Ownership {
  const owner = ownerContext(provider, purpose.flow === "M2M" ? { agent: who.agent } : who);
  const key = {
    pk: `TOKEN#${digest([owner.provider, owner.agent, owner.user])}`,
    sk: `SCOPES#${digest([
      purpose.flow,
      registrationOf(provider),
      sorted(purpose.scopes),
      sorted(purpose.audiences),
      sorted(purpose.resources),
      Object.entries(purpose.customParameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
      purpose.subjectToken === undefined ? null : digest(purpose.subjectToken),
    ])}`,
  };
  return { key, context: { is: "token-set", ...owner, purpose: key.sk } };
}

const sorted = (values: readonly string[] | undefined) => [...new Set(values)].sort();

const digest = (value: unknown): string => hash("sha256", JSON.stringify(value), "base64url");
