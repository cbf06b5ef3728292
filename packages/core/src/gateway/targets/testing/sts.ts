import type { ServerResponse } from "node:http";
import { type Received, startServer, type TestServer } from "../http/testing.ts";

/** For tests only: what is asked of STS's AssumeRole. */
export interface Asked {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly request: Received;
}

/** For tests only: STS at the wire, for AssumeRole alone. */
export interface TestSts extends TestServer {
  readonly asked: Asked[];
  /** What it answers; unless it is changed, credentials that are good for an hour and made for the role and the session. */
  answer: (asked: Asked, outgoing: ServerResponse) => void;
  /** When credentials expire. */
  expiration: () => Date;
}

/** For tests only: starts it. */
export async function startSts(): Promise<TestSts> {
  const asked: Asked[] = [];
  const server = await startServer((request, _, outgoing) => {
    const form = new URLSearchParams(request.body);
    if (form.get("Action") !== "AssumeRole") return refuse(outgoing, "InvalidAction", "Only AssumeRole is known here.");
    const question = { roleArn: form.get("RoleArn") ?? "", sessionName: form.get("RoleSessionName") ?? "", request };
    asked.push(question);
    sts.answer(question, outgoing);
  });
  const sts: TestSts = {
    ...server,
    asked,
    expiration: () => new Date(Date.now() + 3_600_000),
    answer: (question, outgoing) =>
      grant(outgoing, { ...sessionOf(question, asked.indexOf(question) + 1), expiration: sts.expiration() }),
  };
  return sts;
}

/** For tests only: the credentials that it gives for a role and a session; `count` says which question's they are. */
export function sessionOf({ roleArn, sessionName }: Pick<Asked, "roleArn" | "sessionName">, count: number) {
  const role = roleArn.split("/").at(-1) ?? "";
  return {
    accessKeyId: `ASIA${count}${role.toUpperCase().replaceAll(/[^A-Z]/g, "")}`,
    secretAccessKey: `secret of ${role}`,
    sessionToken: `${role}/${sessionName}/${count}`,
  };
}

/** For tests only: the answer of STS to whom a role's trust policy doesn't name. */
export function refuse(
  outgoing: ServerResponse,
  code = "AccessDenied",
  message = "is not authorized to perform",
): void {
  outgoing.writeHead(403, { "content-type": "text/xml" });
  outgoing.end(`<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`);
}

function grant(
  outgoing: ServerResponse,
  { expiration, ...credentials }: ReturnType<typeof sessionOf> & { readonly expiration: Date },
): void {
  outgoing.writeHead(200, { "content-type": "text/xml" });
  outgoing.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>${credentials.accessKeyId}</AccessKeyId>
    <SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>
    <SessionToken>${credentials.sessionToken}</SessionToken>
    <Expiration>${expiration.toISOString()}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`);
}
