/** An access key with its secret, which is answered this once and never again. */
export interface NewAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}

/** An access key, as it is listed. */
export interface AccessKeySummary {
  readonly accessKeyId: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly status: "ACTIVE" | "EXPIRED";
  readonly createdAt: Date;
  /** Who made it, as in `Gatehouse::AccessKey::"GHAK..."`. */
  readonly createdBy: string;
  readonly expiresAt?: Date;
  readonly loopbackOnly?: boolean;
  readonly lastRotatedAt?: Date;
  readonly replacedBy?: string;
}

/** The administration policies that hold. */
export interface AdministrationPolicies {
  /** Cedar text. */
  readonly policies: string;
  /** Grows with every change of policies or access keys. */
  readonly version: number;
  /** Whether these are the ones that Gatehouse ships. */
  readonly shipped: boolean;
  /** When they were last replaced or taken back. */
  readonly updatedAt?: Date;
  /** What is valid in them and still surely not meant. */
  readonly warnings?: readonly string[];
}

/** The operations on access keys and administration policies, by name. */
export interface AdministrationOperations {
  CreateAccessKey: {
    input: { readonly name: string; readonly roles: readonly string[]; readonly expiresAt?: Date | undefined };
    output: NewAccessKey;
  };
  ListAccessKeys: {
    input: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined };
    output: { readonly accessKeys: readonly AccessKeySummary[]; readonly nextToken?: string };
  };
  RotateAccessKey: {
    input: { readonly accessKeyId: string; readonly graceSeconds?: number | undefined };
    output: NewAccessKey;
  };
  DeleteAccessKey: { input: { readonly accessKeyId: string }; output: { readonly accessKeyId: string } };
  GetAdministrationPolicies: { input: Record<never, never>; output: AdministrationPolicies };
  PutAdministrationPolicies: {
    input: { readonly policies: string; readonly version?: number | undefined };
    output: AdministrationPolicies;
  };
  DeleteAdministrationPolicies: { input: { readonly version?: number | undefined }; output: AdministrationPolicies };
}

/** The name of one of them. */
export type AdministrationOperation = keyof AdministrationOperations;
