import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { isInstalled } from "./sst-platform.ts";

/**
 * Checks the types of `sst.config.ts` and `stacks/`, which come from SST's components: they are checked with compiler options
 * of their own, because the components' sources are checked with them. Where the components aren't installed, nothing is
 * checked: `npm test` installs them, and so does `node scripts/sst-platform.ts`.
 */
if (isInstalled()) {
  const root = join(import.meta.dirname, "..");
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", "stacks"], { cwd: root, stdio: "inherit" });
} else {
  console.warn(
    "The types of stacks/ are not checked: SST's components aren't installed (node scripts/sst-platform.ts).",
  );
}
