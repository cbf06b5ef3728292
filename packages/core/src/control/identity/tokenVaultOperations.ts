import type { StaticOperationSchema } from "@smithy/types";
import { dateTime, operation, string, structure } from "../own/schema.ts";

/** What AgentCore has no operation for: it leaves the rotation of data keys to KMS, and signs for nobody. */
export const tokenVaultOperations: readonly StaticOperationSchema[] = [
  operation(
    "RotateDataKey",
    ["POST", "/identities/RotateDataKey", 200],
    structure("RotateDataKeyRequest", {}),
    structure("RotateDataKeyResponse", { dataKeyId: string, createdAt: dateTime }),
  ),
  operation(
    "RotateSigningKey",
    ["POST", "/identities/RotateSigningKey", 200],
    structure("RotateSigningKeyRequest", {}),
    structure("RotateSigningKeyResponse", { keyId: string, createdAt: dateTime, signsFrom: dateTime }),
  ),
];

/** The operations on the vault that are Gatehouse's own, by name. */
export interface TokenVaultOperations {
  RotateDataKey: {
    input: Record<never, never>;
    output: { readonly dataKeyId: string; readonly createdAt: Date };
  };
  RotateSigningKey: {
    input: Record<never, never>;
    output: { readonly keyId: string; readonly createdAt: Date; readonly signsFrom: Date };
  };
}
