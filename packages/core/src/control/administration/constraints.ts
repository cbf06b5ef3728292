import type { Constraint } from "../constraints/constraint.ts";

/** A role that a key can have, as in `policy-author`. */
const role: Constraint = { pattern: "[a-z][a-z0-9-]{0,47}" };
/** Whatever AWS takes for an access key's id: Gatehouse makes `GHAK` and 16 characters, a host names its own key as it likes. */
const accessKeyId: Constraint = { pattern: "\\w{16,128}" };
const version: Constraint = { whole: true, minimum: 0 };

/** The longest text of administration policies: characters for the router, and bytes of UTF-8 for whoever parses it. */
export const longestPolicies = 102_400;

/** What holds for the members of our own operations beyond their types, by structure and member. */
export const administrationConstraints = {
  CreateAccessKeyRequest: {
    name: { minLength: 1, maxLength: 128 },
    roles: { minLength: 1, maxLength: 10, each: role },
  },
  ListAccessKeysRequest: {
    maxResults: { whole: true, minimum: 1, maximum: 100 },
    nextToken: { minLength: 1, maxLength: 2048, pattern: "\\S*" },
  },
  RotateAccessKeyRequest: { accessKeyId, graceSeconds: { whole: true, minimum: 0, maximum: 604_800 } },
  DeleteAccessKeyRequest: { accessKeyId },
  PutAdministrationPoliciesRequest: { policies: { minLength: 1, maxLength: longestPolicies }, version },
  DeleteAdministrationPoliciesRequest: { version },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Constraint>>>>;
