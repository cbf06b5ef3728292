import { execFile } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** What a command has said, and its exit status. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm run policy`, as a team does where it keeps its policies. */
export function runPolicy(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const command = ["run", "--silent", "policy", "--", ...args];
    const options = { cwd: root, env: { ...process.env, ...environment } };
    const child = execFile("npm", command, options, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
