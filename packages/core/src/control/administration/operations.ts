import type { StaticOperationSchema, StaticStructureSchema } from "@smithy/types";

/**
 * The operations that AgentCore has no counterpart of, described as the SDK describes its own, so that the same router
 * reads, validates, authorises and answers them.
 */
const namespace = "gatehouse.administration";

const string = 0;
const number = 1;
const boolean = 2;
/** RFC 3339 text, as people read it. */
const dateTime = 5;
const list = 64;
const label = 1;
const sensitive = 8;

const secretAccessKey = [0, namespace, "SecretAccessKey", sensitive, string] as const;

/** Required members come first, as in the SDK's own. */
type Members = Readonly<Record<string, StaticStructureSchema[5][number]>>;

function structure(name: string, required: Members, optional: Members = {}): StaticStructureSchema {
  const members = { ...required, ...optional };
  return [3, namespace, name, 0, Object.keys(members), Object.values(members), Object.keys(required).length];
}

function operation(
  name: string,
  http: readonly [method: string, path: string, status: number],
  request: StaticStructureSchema,
  response: StaticStructureSchema,
): StaticOperationSchema {
  // What the SDK's generator writes beside the bits: the types know strings only.
  const traits = { http: [...http] } as unknown as StaticOperationSchema[3];
  return [9, namespace, name, traits, () => request, () => response];
}

const pathLabel: Members[string] = [string, label];
const query = (type: 0 | 1, httpQuery: string): Members[string] => [type, { httpQuery }];

const accessKeySummary = structure(
  "AccessKeySummary",
  {
    accessKeyId: string,
    name: string,
    roles: list | string,
    status: string,
    createdAt: dateTime,
    createdBy: string,
  },
  { expiresAt: dateTime, loopbackOnly: boolean, lastRotatedAt: dateTime, replacedBy: string },
);
const accessKeySummaries = [1, namespace, "AccessKeySummaries", 0, () => accessKeySummary] as const;

/** A key with its secret, which is shown this once. */
const newAccessKey = (name: string) =>
  structure(
    name,
    {
      accessKeyId: string,
      secretAccessKey: () => [...secretAccessKey],
      name: string,
      roles: list | string,
      createdAt: dateTime,
    },
    { expiresAt: dateTime },
  );

const policies = (name: string) =>
  structure(
    name,
    { policies: string, version: number, shipped: boolean },
    { updatedAt: dateTime, warnings: list | string },
  );

/** The operations on access keys and administration policies. */
export const administrationOperations: readonly StaticOperationSchema[] = [
  operation(
    "CreateAccessKey",
    ["POST", "/access-keys", 201],
    structure("CreateAccessKeyRequest", { name: string, roles: list | string }, { expiresAt: dateTime }),
    newAccessKey("CreateAccessKeyResponse"),
  ),
  operation(
    "ListAccessKeys",
    ["GET", "/access-keys", 200],
    structure(
      "ListAccessKeysRequest",
      {},
      { maxResults: query(number, "maxResults"), nextToken: query(string, "nextToken") },
    ),
    structure("ListAccessKeysResponse", { accessKeys: () => [...accessKeySummaries] }, { nextToken: string }),
  ),
  operation(
    "RotateAccessKey",
    ["POST", "/access-keys/{accessKeyId}/rotate", 201],
    structure("RotateAccessKeyRequest", { accessKeyId: pathLabel }, { graceSeconds: number }),
    newAccessKey("RotateAccessKeyResponse"),
  ),
  operation(
    "DeleteAccessKey",
    ["DELETE", "/access-keys/{accessKeyId}", 200],
    structure("DeleteAccessKeyRequest", { accessKeyId: pathLabel }),
    structure("DeleteAccessKeyResponse", { accessKeyId: string }),
  ),
  operation(
    "GetAdministrationPolicies",
    ["GET", "/administration/policies", 200],
    structure("GetAdministrationPoliciesRequest", {}),
    policies("GetAdministrationPoliciesResponse"),
  ),
  operation(
    "PutAdministrationPolicies",
    ["PUT", "/administration/policies", 200],
    structure("PutAdministrationPoliciesRequest", { policies: string }, { version: number }),
    policies("PutAdministrationPoliciesResponse"),
  ),
  operation(
    "DeleteAdministrationPolicies",
    ["DELETE", "/administration/policies", 200],
    structure("DeleteAdministrationPoliciesRequest", {}, { version: query(number, "version") }),
    policies("DeleteAdministrationPoliciesResponse"),
  ),
];
