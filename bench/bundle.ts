import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { environmentVariables } from "@gatehouse/functions/environment.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { build } from "esbuild";
import { percentile, round } from "./statistics.ts";

const require = createRequire(import.meta.resolve("@gatehouse/core/errors.ts"));
const wasm = [
  [require.resolve("@cedar-policy/cedar-wasm/nodejs"), "cedar_wasm_bg.wasm"],
  [require.resolve("@cedar-policy/mcp-schema-generator-wasm"), "cedar_policy_mcp_schema_generator_wasm_bg.wasm"],
] as const;

/** Each function bundled as for Lambda: its size, and how long Node takes to import it. */
export async function benchBundles() {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bundle-"));
  try {
    for (const [module, file] of wasm) copyFileSync(join(dirname(module), file), join(folder, file));
    const rows: Record<string, object> = {};
    for (const [name, { module }] of Object.entries(topology.functions)) {
      const file = join(folder, `${name}.mjs`);
      await bundle(module, file);
      rows[name] = { kilobytes: Math.round(statSync(file).size / 1024), importMilliseconds: await importTime(file) };
    }
    return { "wasm kilobytes beside the bundles": wasmSizes(folder), functions: rows };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(module: string, outfile: string): Promise<void> {
  const banner =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;';
  await build({
    entryPoints: [new URL(import.meta.resolve(`@gatehouse/functions/${module}`)).pathname],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: { js: banner },
    logLevel: "error",
  });
}

async function importTime(file: string): Promise<number> {
  const variables = {
    ...process.env,
    ...environmentVariables({
      tables: { config: "c", ledger: "l", aggregates: "a" },
      bus: "b",
      kmsKeyId: "alias/k",
      url: "https://example.com",
      accountId: "000000000000",
      region: "us-east-1",
      allowLoopback: false,
    }),
  };
  const script = `const start = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - start); process.exit()`;
  const times: number[] = [];
  for (let run = 0; run < 7; run++) {
    const args = ["--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: variables });
    times.push(Number(stdout));
  }
  return round(percentile(times, 0.5));
}

function wasmSizes(folder: string) {
  return Object.fromEntries(wasm.map(([, file]) => [file, Math.round(statSync(join(folder, file)).size / 1024)]));
}
