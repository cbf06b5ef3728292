import type { OutboundFetch } from "../../outbound.ts";
import type { ConfigRepository } from "../../storage/configRepository.ts";
import type { FacadeRepository } from "../../storage/facadeRepository.ts";
import type { RateLimitRepository } from "../../storage/rateLimitRepository.ts";
import type { createIssuers } from "../issuer.ts";
import type { JwtVerifier } from "../jwt.ts";
import type { Keyring } from "../vault/keyring.ts";

/** What the facade works with. */
export interface FacadeDependencies {
  readonly gateways: Pick<ConfigRepository, "getGateway">;
  readonly issuers: ReturnType<typeof createIssuers>;
  readonly verifier: JwtVerifier;
  readonly keyring: Keyring;
  readonly store: FacadeRepository;
  readonly rateLimits: RateLimitRepository;
  /** The public base address, without a slash at its end. */
  readonly url: string;
  /** Whether issuers and clients' documents may be on this very machine. */
  readonly allowLoopback: boolean;
  readonly fetch?: OutboundFetch;
  readonly now: () => Date;
  /** Told of what an administrator has to mend, such as an issuer that refuses the gateway's client; it holds no secret. */
  onFailure(reason: string, context: { readonly gatewayId?: string }): void;
}
