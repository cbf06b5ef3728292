/** For whom a credential is: an agent, and the user it works for where there is one. */
export interface OnBehalfOf {
  /** The name of a workload identity; of a gateway, its id. */
  readonly agent: string;
  /**
   * When the workload identity was made: what users have consented to for one is not for another that has its name later.
   * Absent for a gateway, whose id is never another's.
   */
  readonly agentSince?: string | undefined;
  readonly user?: User;
}

/** A user: of an issuer, as its token says, or whom an application vouches for. Users of different kinds are different users. */
export type User =
  | { readonly kind: "token"; readonly issuer: string; readonly subject: string }
  | { readonly kind: "id"; readonly id: string };

/** An access token that is wanted. */
export interface TokenRequest extends OnBehalfOf {
  /** The name of an OAuth2 credential provider. */
  readonly provider: string;
  readonly scopes: readonly string[];
  readonly flow: "M2M" | "USER_FEDERATION" | "ON_BEHALF_OF_TOKEN_EXCHANGE";
  /** The user's own token, which an exchange begins with. Never stored, and never sent anywhere but to the provider's issuer. */
  readonly userToken?: string;
  /** Where the browser goes after a consent; must be one of the agent's `allowedResourceOauth2ReturnUrls`, or Gatehouse's own page. */
  readonly returnUrl?: string;
  /** Return addresses that an administrator has set elsewhere: of a gateway, which is no workload identity, those of its targets. */
  readonly allowedReturnUrls?: readonly string[];
  readonly customState?: string;
  readonly customParameters?: Readonly<Record<string, string>>;
  /** RFC 8693 `audience` and RFC 8707 `resource`. */
  readonly audiences?: readonly string[];
  readonly resources?: readonly string[];
  /** Whether the user is to consent anew although there is a token. */
  readonly forceAuthentication?: boolean;
  /** A consent that was begun before. */
  readonly sessionUri?: string;
  /** An access token that was given and that a target has refused: another one is wanted, if need be by a new consent. */
  readonly rejected?: string;
  readonly signal?: AbortSignal;
}

/** A token, or what the user has to do for one. */
export type TokenAnswer =
  | { readonly accessToken: string; readonly expiresAt?: Date }
  | {
      readonly authorizationUrl?: string;
      readonly sessionUri: string;
      readonly sessionStatus: "IN_PROGRESS" | "FAILED";
    };

/** Credentials that agents never see: for targets and for the identity operations. */
export interface Credentials {
  /** @throws GatehouseError `notFound` for a provider that isn't there */
  apiKey(provider: string): Promise<string>;
  /**
   * A token from the vault, or a new one. Many who ask at once cause one refresh.
   * @throws GatehouseError `notFound` for a provider that isn't there, `validation` for what can't be, and
   *   CredentialError where the issuer refuses or fails
   */
  token(request: TokenRequest): Promise<TokenAnswer>;
}

/** An issuer that gives no token. The message is for administrators and holds no secret. */
export class CredentialError extends Error {
  override readonly name: string = "CredentialError";
  /** The OAuth error code (RFC 6749 section 5.2), where the issuer has answered with one. */
  readonly oauthError: string | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly oauthError?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.oauthError = options.oauthError;
  }
}

/** What consents need of the vault; the page and the callback are built on it. */
export interface Consents {
  /** What a page can say of a consent that was begun; undefined for one that isn't there, is over, or is somebody else's. */
  describe(sessionUri: string): Promise<ConsentDescription | undefined>;
  /** Where the browser goes to consent at the issuer: once, and only from the page. @throws GatehouseError `validation` */
  begin(sessionUri: string): Promise<string>;
  /**
   * The issuer's answer, at the provider's callback address.
   * @returns where the browser goes next
   * @throws GatehouseError `validation` for an answer that was not asked for, or comes a second time
   */
  callback(callbackId: string, parameters: URLSearchParams): Promise<string>;
  /** Binds a consent to the user who asked for it. @throws GatehouseError `validation` where it is somebody else. */
  complete(sessionUri: string, user: User): Promise<void>;
}

export interface ConsentDescription {
  readonly agent: string;
  readonly user: User;
  readonly provider: string;
  /** The issuer's host. */
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly returnUrl: string | undefined;
  readonly expiresAt: Date;
}
