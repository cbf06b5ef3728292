import { createHash, timingSafeEqual } from "node:crypto";
import { GatehouseError } from "../../errors.ts";
import type { ControlRequest } from "../request.ts";
import { type AccessKeyVerification, isLoopback, requireUsable, secretOf } from "./authenticate.accessKey.ts";
import type { AdministratorWithClaims } from "./authorize.ts";
import { administratorOf } from "./change.ts";

/** Credentials in an `Authorization` header (RFC 7617), the scheme in any case. */
const header = /^basic +([A-Za-z0-9+/]+=*)$/i;

/** Takes as long to compare with as any other. */
const noSecret = "0".repeat(40);

/**
 * Verifies access keys that come as they are: `Basic`, with the key's id as the user and its secret as the password. It is for
 * programs that can send a header and nothing else, like exporters of OpenTelemetry. The secret is in the request, so that it
 * is taken only where nobody on the way can read it: by https, or from this very machine.
 */
export function verifyBasic(verification: AccessKeyVerification & { readonly url: string }) {
  const { administration, now, url } = verification;
  const encrypted = url.startsWith("https:");

  return async (authorization: string, request: Pick<ControlRequest, "sourceIp">): Promise<AdministratorWithClaims> => {
    if (!encrypted && !isLoopback(request.sourceIp)) {
      throw new GatehouseError(
        "unauthorized",
        "Basic is taken by https, or from the machine that Gatehouse runs on only.",
      );
    }
    const { id, secret } = credentialsIn(authorization);
    const record = await administration.accessKey(id);
    const due = record === undefined ? noSecret : await secretOf(verification, record);
    const matches = timingSafeEqual(digest(due), digest(secret));
    if (record === undefined || !matches) {
      throw new GatehouseError(
        "unauthorized",
        "There is no such access key: the user must be its id, the password its secret.",
      );
    }
    requireUsable(record, now(), request.sourceIp);
    return administratorOf(record);
  };
}

function credentialsIn(authorization: string): { id: string; secret: string } {
  const text = Buffer.from(header.exec(authorization)?.[1] ?? "", "base64").toString("utf8");
  const [, id, secret] = /^(\w{1,128}):(.{1,256})$/.exec(text) ?? [];
  if (id === undefined || secret === undefined) {
    throw new GatehouseError(
      "unauthorized",
      "The Authorization header must be: Basic base64(<access key id>:<secret access key>).",
    );
  }
  return { id, secret };
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
