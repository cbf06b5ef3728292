import { lazily } from "../lazily.ts";
import type { Principal } from "./principal.ts";
import type { SignedRequest } from "./sigv4/signedRequest.ts";

/** A request to a gateway whose caller proves who it is by a signature. */
export interface CallerRequest extends SignedRequest {
  /** The address that the request came from. */
  readonly sourceIp: string;
}

/** Who has signed a request, or why it is nobody. */
export type CallerVerification =
  | { readonly ok: true; readonly principal: Principal }
  | {
      readonly ok: false;
      readonly message: string;
      /** Known where somebody has signed who may not call. */
      readonly principal?: Principal;
    };

/** Verifies the callers of gateways that are called with signatures (AWS Signature Version 4). */
export interface Callers {
  /**
   * @param gatewayArn the gateway that the caller must be allowed to invoke; without one, whoever has signed is let in.
   * @throws GatehouseError `internal` when that can't be found out: nobody is let in.
   */
  verify(request: CallerRequest, gatewayArn: string | undefined): Promise<CallerVerification>;
}

/** Callers that are made when the first one has signed; where that fails, the next one tries again. */
export function lazyCallers(create: () => Promise<Callers>): Callers {
  const callers = lazily(create);
  return { verify: async (request, gatewayArn) => (await callers()).verify(request, gatewayArn) };
}
