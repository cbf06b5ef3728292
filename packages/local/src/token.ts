import { parseArgs } from "node:util";
import { messageOf } from "@gatehouse/core/errors.ts";

const help = `Usage: npm run --silent token -- [options]

  --user NAME       the user the agent works for (alice)
  --claim K=V       a claim about the user, such as department=finance; repeatable
  --audience A      whom the token is for (the example's gateway)
  --client NAME     the agent: the token's client_id (local-agent)
  --url URL         the running Gatehouse (http://127.0.0.1 and GATEHOUSE_PORT or 4000)`;

/** Asks the development issuer of a running Gatehouse for an access token, and prints just that. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      user: { type: "string", default: "alice" },
      claim: { type: "string", multiple: true, default: [] },
      audience: { type: "string" },
      client: { type: "string", default: "local-agent" },
      url: { type: "string", default: `http://127.0.0.1:${process.env.GATEHOUSE_PORT || 4000}` },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(help);
  const form = new URLSearchParams({
    grant_type: "password",
    username: values.user,
    client_id: values.client,
    claims: JSON.stringify(claimsOf(values.claim)),
    ...(values.audience === undefined ? {} : { audience: values.audience }),
  });
  console.log(await request(values.url.replace(/\/$/, ""), form));
}

function claimsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`--claim takes NAME=VALUE, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function request(url: string, form: URLSearchParams): Promise<string> {
  const response = await fetch(`${url}/idp/token`, { method: "POST", body: form }).catch(() => {
    throw new Error(`No Gatehouse answers on ${url}. Start it with "npm start", or name another with --url.`);
  });
  // Either OAuth's answer, OAuth's error, or the front's.
  const answer = (await response.json()) as { access_token?: string; error_description?: string; message?: string };
  if (answer.access_token !== undefined) return answer.access_token;
  throw new Error(`No token: ${answer.error_description ?? answer.message ?? `status ${response.status}`}.`);
}

await main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
