import { GatehouseError } from "../../errors.ts";

/** The signature is malformed, or doesn't cover what it must. */
export function incomplete(message: string): GatehouseError {
  return new GatehouseError("incompleteSignature", message);
}

/** Nobody is known here by that key. */
export function unknown(message: string): GatehouseError {
  return new GatehouseError("unknownClient", message);
}

/** The signature is not one of this request, here and now. */
export function invalid(message: string): GatehouseError {
  return new GatehouseError("invalidSignature", message);
}
