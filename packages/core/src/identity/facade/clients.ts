import * as z from "zod";
import { hiddenCharactersIn } from "../../review/hiddenCharacters.ts";
import { ifSealedHere, type Keyring } from "../vault/keyring.ts";
import { complaintAbout } from "./redirectUris.ts";

/** A client of a facade. */
export interface FacadeClient {
  readonly clientId: string;
  /** What it calls itself, which nobody has checked. */
  readonly name: string;
  readonly redirectUris: readonly string[];
  /** Whose document says so; absent for a client that has registered itself. */
  readonly host?: string;
}

/** A registration that can't be, with its code of RFC 7591, section 3.2.2. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError";
  readonly code: "invalid_redirect_uri" | "invalid_client_metadata";

  constructor(code: RegistrationError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const prefix = "gwc_";
/** The id holds what it stands for and travels in addresses, which browsers and proxies cut at some length. */
const largestClient = 1_500;

const clientName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((name) => hiddenCharactersIn(name).length === 0, "must not hold hidden characters");

const metadata = z.looseObject({
  redirect_uris: z.array(z.string()).min(1).max(10),
  client_name: clientName.default("An application without a name"),
  grant_types: z.array(z.string()).max(20).default(["authorization_code"]),
  response_types: z.array(z.string()).max(20).default(["code"]),
});

const stored = z.object({ name: z.string(), redirectUris: z.array(z.string()) });

/** Clients that register themselves (RFC 7591). Nothing is stored of them: a client's id is all that is known of it, sealed. */
export interface Clients {
  /**
   * @returns the client information response (section 3.2.1).
   * @throws RegistrationError
   */
  register(gatewayId: string, request: unknown): Promise<Record<string, unknown>>;
  /** The client that an id stands for at this gateway; undefined for an id that was not given out here. */
  find(gatewayId: string, clientId: string): Promise<FacadeClient | undefined>;
}

export function createClients({ keyring, now }: { readonly keyring: Keyring; readonly now: () => Date }): Clients {
  const contextOf = (gatewayId: string) => ({ is: "facade-client", gateway: gatewayId });

  return {
    async register(gatewayId, request) {
      const { redirectUris, name, grants } = read(request);
      const text = JSON.stringify({ name, redirectUris });
      if (Buffer.byteLength(text) > largestClient) {
        throw new RegistrationError(
          "invalid_client_metadata",
          `redirect_uris and client_name may have ${largestClient} bytes together.`,
        );
      }
      return {
        client_id: `${prefix}${await keyring.seal(text, contextOf(gatewayId))}`,
        client_id_issued_at: Math.floor(now().getTime() / 1_000),
        client_name: name,
        redirect_uris: redirectUris,
        grant_types: grants,
        response_types: ["code"],
        // Whatever was asked for: an application on a desk can't keep a secret (RFC 8252, section 8.4).
        token_endpoint_auth_method: "none",
      };
    },

    async find(gatewayId, clientId) {
      if (!clientId.startsWith(prefix)) return undefined;
      const text = await ifSealedHere(keyring.open(clientId.slice(prefix.length), contextOf(gatewayId)));
      return text === undefined ? undefined : { clientId, ...stored.parse(JSON.parse(text)) };
    },
  };
}

function read(request: unknown) {
  const parsed = metadata.safeParse(request);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] ?? { path: [], message: "malformed" };
    const code = path[0] === "redirect_uris" ? "invalid_redirect_uri" : "invalid_client_metadata";
    throw new RegistrationError(code, `${path.join(".") || "The client's metadata"}: ${message}.`);
  }
  const { redirect_uris: redirectUris, client_name: name, grant_types, response_types } = parsed.data;
  for (const [index, uri] of redirectUris.entries()) {
    const complaint = complaintAbout(uri);
    if (complaint !== undefined)
      throw new RegistrationError("invalid_redirect_uri", `redirect_uris.${index} ${complaint}.`);
  }
  if (!grant_types.includes("authorization_code") || !response_types.includes("code")) {
    throw new RegistrationError(
      "invalid_client_metadata",
      "The grant_types and response_types that there are: authorization_code and refresh_token, and code.",
    );
  }
  const grants = ["authorization_code", "refresh_token"].filter((grant) => grant_types.includes(grant));
  return { redirectUris, name, grants };
}
