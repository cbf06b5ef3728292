import type { GatehouseError } from "../../errors.ts";
import { incomplete } from "./refusals.ts";

/** The one algorithm that is taken; AWS4-ECDSA-P256-SHA256 (SigV4A) has no shared secret to check. */
export const algorithm = "AWS4-HMAC-SHA256";

/** What a credential scope ends in. */
export const terminator = "aws4_request";

/** The parts of an `Authorization` header of Signature Version 4, well-formed but not yet held against anything. */
export interface Authorization {
  readonly accessKeyId: string;
  /** `<day>/<region>/<service>/aws4_request`, as the client wrote it. */
  readonly scope: string;
  /** In lower case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 32 bytes. */
  readonly signature: Buffer;
}

/** AWS's own clients stay far below, and a header this long is still read in no time. */
const maxLength = 4_096;
const names = ["Credential", "SignedHeaders", "Signature"] as const;
const shape = `${algorithm} Credential=<access key id>/<scope>, SignedHeaders=<names>, Signature=<hex>`;

const accessKeyIds = /^\w{1,128}$/;
const headerNames = /^[0-9a-z!#$%&'*+.^_`|~-]+$/;
const signatures = /^[0-9a-f]{64}$/;

/**
 * Reads an `Authorization` header (AWS Signature Version 4, "Add the signature to the request"). The parts may come in
 * any order, with or without blanks between; each has to be there exactly once, and nothing else.
 * @throws GatehouseError `incompleteSignature` for whatever isn't such a header.
 */
export function parseAuthorization(header: string): Authorization {
  if (header.length > maxLength) throw malformed(`is longer than ${maxLength} characters`);
  const [scheme = "", ...rest] = header.trim().split(" ");
  if (scheme !== algorithm) throw malformed(`must begin with ${algorithm}`);
  const parts = rest.join(" ").split(",").map(nameAndValue);
  const [credential, signedHeaders, signature] = names.map((name) => new Map(parts).get(name));
  // All three, and three in all: nothing else is there, and nothing twice.
  if (!credential || !signedHeaders || !signature || parts.length !== names.length) {
    throw malformed("must have Credential, SignedHeaders and Signature, each once, and no other part");
  }
  if (!signatures.test(signature)) throw malformed("must have a Signature of 64 lowercase hexadecimal digits");
  return {
    ...credentialOf(credential),
    signedHeaders: signedHeadersOf(signedHeaders),
    signature: Buffer.from(signature, "hex"),
  };
}

function nameAndValue(part: string): [string, string] {
  const at = part.indexOf("=");
  return at === -1 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}

function credentialOf(credential: string): Pick<Authorization, "accessKeyId" | "scope"> {
  const [accessKeyId = "", ...scope] = credential.split("/");
  if (scope.length !== 4 || !accessKeyIds.test(accessKeyId)) {
    throw malformed(`must have a Credential of <access key id>/<yyyymmdd>/<region>/<service>/${terminator}`);
  }
  return { accessKeyId, scope: scope.join("/") };
}

function signedHeadersOf(list: string): readonly string[] {
  const headers = list.split(";");
  const inOrder = headers.every((name, index) => index === 0 || name > (headers[index - 1] ?? ""));
  if (!inOrder || !headers.every((name) => headerNames.test(name))) {
    throw malformed('must have SignedHeaders in lower case, sorted, each once, with ";" between');
  }
  return headers;
}

function malformed(what: string): GatehouseError {
  return incomplete(`The Authorization header ${what}. It should read: ${shape}`);
}
