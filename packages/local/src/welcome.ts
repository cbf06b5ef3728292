import { exportsOf } from "@gatehouse/apply/exports.ts";
import type { AccessKey } from "./administrator.ts";
import type { Example } from "./example.ts";

/**
 * What a person reads when Gatehouse is up. Its first line is a promise to scripts, which wait for it.
 */
export function welcome({
  url,
  region,
  administrator,
  issuer,
  example,
}: {
  url: string;
  region: string;
  administrator: AccessKey;
  issuer: string | undefined;
  example: Example | undefined;
}): string {
  const token = url === "http://127.0.0.1:4000" ? "" : ` --url ${url}`;
  return [
    `Gatehouse ready on ${url}`,
    "",
    `  MCP endpoint   ${example?.gatewayUrl ?? `${url}/gateways/{gatewayId}/mcp`}`,
    // At another address the page takes this machine for a stranger.
    ...(isOwn(url) ? [`  Dashboard      ${url}/dashboard`] : []),
    ...(issuer === undefined
      ? []
      : [
          `  Issuer         ${issuer}`,
          `  Get a token    npm run --silent token -- --user alice --claim department=finance${token}`,
        ]),
    "",
    "Administer it from this machine with the AWS CLI and SDKs, or npm run apply:",
    "",
    ...exportsOf({ url, region, ...administrator }),
    ...(example === undefined ? [] : ["", "Client configuration:", "", clientConfiguration(example)]),
  ].join("\n");
}

function isOwn(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}

function clientConfiguration({ gatewayUrl }: Example): string {
  const headers = { Authorization: "Bearer <TOKEN>" };
  return JSON.stringify({ mcpServers: { gatehouse: { type: "http", url: gatewayUrl, headers } } }, null, 2);
}
