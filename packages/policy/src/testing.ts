import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyCommand } from "./command.ts";
import { type Ended, typedIn } from "./commandTesting.ts";

/** For tests only: a folder in which commands run, with what they print and their exit status. */
export interface TestFolder {
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  read(file: string): Promise<string>;
  run(...args: readonly string[]): Promise<Ended>;
  remove(): Promise<void>;
}

/** For tests only: makes such a folder. */
export async function testFolder(): Promise<TestFolder> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-policy-"));
  return {
    async write(files) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    },
    read: (file) => readFile(join(folder, file), "utf8"),
    run: (...args) => typedIn(folder, policyCommand, args),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** For tests only: a list of tools, as `tools/list` answers it. */
export const orderTools = `
tools:
  - name: Orders___cancel
    inputSchema: { type: object, properties: { amount: { type: integer } }, required: [amount] }
  - name: Orders___show
    inputSchema: { type: object, properties: { id: { type: string } } }
`;

/** For tests only: two policies about them. */
export const orderPolicies = `// Who may do what with orders.
@id("small_orders")
permit(principal, action == AgentCore::Action::"Orders___cancel", resource == AgentCore::Gateway::"\${gateway.gateway.arn}")
when { context.input.amount < 100 };

forbid(principal == AgentCore::OAuthUser::"mallory", action, resource == AgentCore::Gateway::"\${gateway.gateway.arn}");
`;
