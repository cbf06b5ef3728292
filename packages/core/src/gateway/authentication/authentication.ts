import type { Principal } from "../../identity/principal.ts";

/** Who asks; or the answer for somebody who may not, with who it is where that is known. */
export type Authentication =
  | { readonly principal: Principal; readonly refused?: Response }
  | { readonly principal?: undefined; readonly refused: Response };
