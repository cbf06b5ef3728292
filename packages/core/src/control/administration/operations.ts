import type { StaticOperationSchema } from "@smithy/types";
import {
  boolean,
  dateTime,
  listOf,
  listOfStrings,
  number,
  operation,
  page,
  pathLabel,
  query,
  secret,
  string,
  structure,
} from "../own/schema.ts";

const accessKeySummary = structure(
  "AccessKeySummary",
  {
    accessKeyId: string,
    name: string,
    roles: listOfStrings,
    status: string,
    createdAt: dateTime,
    createdBy: string,
  },
  { expiresAt: dateTime, loopbackOnly: boolean, lastRotatedAt: dateTime, replacedBy: string },
);

/** A key with its secret, which is shown this once. */
const newAccessKey = (name: string) =>
  structure(
    name,
    {
      accessKeyId: string,
      secretAccessKey: secret("SecretAccessKey"),
      name: string,
      roles: listOfStrings,
      createdAt: dateTime,
    },
    { expiresAt: dateTime },
  );

const policies = (name: string) =>
  structure(
    name,
    { policies: string, version: number, shipped: boolean },
    { updatedAt: dateTime, warnings: listOfStrings },
  );

/** The operations on access keys and administration policies. */
export const administrationOperations: readonly StaticOperationSchema[] = [
  operation(
    "CreateAccessKey",
    ["POST", "/access-keys", 201],
    structure("CreateAccessKeyRequest", { name: string, roles: listOfStrings }, { expiresAt: dateTime }),
    newAccessKey("CreateAccessKeyResponse"),
  ),
  operation(
    "ListAccessKeys",
    ["GET", "/access-keys", 200],
    structure("ListAccessKeysRequest", {}, page),
    structure("ListAccessKeysResponse", { accessKeys: listOf(accessKeySummary) }, { nextToken: string }),
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
