import type { SignedControlRequest } from "./request.ts";

/** Who administers: a verified identity, in the form that the administration's Cedar policies see. */
export interface Administrator {
  /** The Cedar entity type: a Gatehouse access key, or a user of the configured admin issuer. */
  readonly type: "Gatehouse::AccessKey" | "Gatehouse::OAuthUser";
  /** The access key's id, or the token's `sub`. */
  readonly id: string;
  /** The roles that this identity has, as in `admin`. */
  readonly roles: readonly string[];
}

/** Who may administer, and what. */
export interface Administration {
  /** @throws GatehouseError that says how to authenticate, for whoever isn't verified. */
  authenticate(request: SignedControlRequest): Promise<Administrator>;
  /** @throws GatehouseError `accessDenied` that names the administrator, the operation and the resource. */
  authorize(administrator: Administrator, operation: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * As `authorize`, of an operation that names its resources otherwise than by a member of its input.
   * @throws GatehouseError `accessDenied` that names the administrator, the operation and the resource.
   */
  authorizeOn(administrator: Administrator, operation: string, resourceArn: string): Promise<void>;
}
