import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import type { GatewayConfiguration } from "../../../storage/records.ts";
import { buildSchema } from "../../schema/schema.ts";
import { parseStatement } from "../../statement.ts";
import { plainRequest } from "../../testing/plainRequest.ts";
import type { ExampleRequest } from "../example.ts";

/** What plain Cedar makes of one policy, with the whole request and the whole action hierarchy and no preparation. */
export function evaluatePlainly(
  statement: string,
  { principal, tool, arguments: args, now = "1970-01-01T00:00:00.000Z" }: ExampleRequest,
  configuration: GatewayConfiguration,
): "satisfied" | "not satisfied" | "error" {
  const schema = buildSchema(configuration);
  const answer = isAuthorized({
    ...plainRequest({ principal, tool, arguments: args, now: new Date(now) }, schema),
    policies: { staticPolicies: { policy: statement } },
  });
  if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) return "error";
  const satisfied =
    parseStatement(statement).effect === "permit" ? decision === "allow" : diagnostics.reason.length > 0;
  return satisfied ? "satisfied" : "not satisfied";
}
