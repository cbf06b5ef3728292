import type { Callers } from "../../identity/callers.ts";
import { refusal, unsigned } from "../refusals.ts";
import type { GatewayRequest } from "../request.ts";
import type { Authentication } from "./authentication.ts";

/**
 * Finds out who asks by the signature of the request (AWS Signature Version 4).
 * @param gatewayArn the gateway that the signer must be allowed to invoke; without one, whoever has signed is let in.
 * @throws GatehouseError `internal` when the access keys cannot be read.
 */
export async function authenticateBySignature(
  { method, path, query = new URLSearchParams(), headers, body, sourceIp }: GatewayRequest,
  callers: Callers,
  gatewayArn: string | undefined,
): Promise<Authentication> {
  const signed = { method, path, query: valuesOf(query), headers: Object.fromEntries(headers), body, sourceIp };
  const verification = await callers.verify(signed, gatewayArn);
  if (verification.ok) return { principal: verification.principal };
  const { message, principal } = verification;
  if (principal === undefined) return { refused: unsigned(message) };
  return { principal, refused: refusal("invokeDenied", { reason: message }) };
}

function valuesOf(query: URLSearchParams): Record<string, readonly string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
