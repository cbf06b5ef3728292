import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { topology } from "../../../packages/functions/src/topology.ts";
import { exampleFunctions } from "../checks/deployed.ts";
import type { SynthesisOptions } from "./graph.ts";

interface Where extends SynthesisOptions {
  readonly root: string;
  readonly work: string;
  readonly platform: string;
}

/** What `app()` of the configuration answers. */
export interface App {
  readonly name: string;
  readonly removal?: string;
  readonly protect?: boolean;
  readonly providers?: { readonly aws?: object };
}

/** Bundles beside the platform's modules, which they import; the process that made them removes them. */
export const temporaryPrefix = `synth.${process.pid}.`;

/** SST's CLI gives bundled modules what modules don't have of themselves. */
const commonJs = [
  'import { createRequire as _createRequire } from "node:module";',
  "const require = _createRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("");

/** The CLI's own list: these are found in the platform's node_modules when the program runs. */
const external = ["@pulumi/*", "@pulumiverse/*", "@sst-provider/*", "@aws-sdk/*"].concat([
  "undici",
  "esbuild",
  "archiver",
  "glob",
  "vite",
]);

/** Evaluates `app()` of `sst.config.ts`. */
export async function loadApp(where: Where): Promise<App> {
  const contents = `import config from "./sst.config.ts"; export default await config.app({ stage: ${JSON.stringify(where.stage)} });`;
  const banner = `${commonJs}const $config = (config) => config;`;
  return (await load(where, "app", contents, { banner: { js: banner } })) as App;
}

/** Runs `run()` of `sst.config.ts` with the globals that it has in a deployment. */
export async function runProgram(where: Where & { readonly app: object }): Promise<unknown> {
  const { platform, root, work, app, dev = false } = where;
  const providers = JSON.parse(readFileSync(join(root, ".sst", "provider-lock.json"), "utf8")) as readonly {
    readonly alias: string;
    readonly package: string;
  }[];
  const globals = [
    ...providers.map(({ alias, package: name }) => `import * as ${alias} from ${JSON.stringify(name)};`),
    `import * as sst from ${JSON.stringify(join(platform, "src", "components"))};`,
  ].join("");
  const cli = { command: "deploy", paths: { home: work, root, work, platform }, state: { version: {} } };
  const contents = `
    import { run } from ${JSON.stringify(join(platform, "src", "auto", "run.ts"))};
    import config from "./sst.config.ts";
    export default await run(config.run);`;
  return load(where, "run", contents, {
    inject: [join(platform, "src", "shim", "run.js")],
    banner: { js: commonJs },
    define: { $dev: String(dev), $app: JSON.stringify(app), $cli: JSON.stringify(cli) },
    plugins: [giveGlobals(root, globals)],
  });
}

async function load(where: Where, name: string, contents: string, options: BuildOptions): Promise<unknown> {
  const outfile = join(where.platform, `${temporaryPrefix}${name}.mjs`);
  await build({
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    sourcemap: "inline",
    // A stack trace needs the lines alone, and the rest is megabytes that are parsed each time.
    sourcesContent: false,
    logLevel: "silent",
    stdin: { contents, resolveDir: where.root, loader: "ts" },
    outfile,
    nodePaths: [join(where.platform, "node_modules")],
    external,
    ...options,
    plugins: [...writeOverStage(where), ...stubBundles(where), ...(options.plugins ?? [])],
  });
  const { default: result } = (await import(pathToFileURL(outfile).href)) as { readonly default: unknown };
  return result;
}

/** The globals are imports at the top of each file of the project that has a reference to their types. */
function giveGlobals(root: string, globals: string): Plugin {
  return {
    name: "globals",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const ours = path.startsWith(join(root, "stacks")) || path === join(root, "sst.config.ts");
        return ours ? { contents: `${globals}\n${readFileSync(path, "utf8")}`, loader: "ts" } : null;
      });
    },
  };
}

function writeOverStage({ root, stage, stageData }: Where): Plugin[] {
  if (stageData === undefined) return [];
  const file = join(root, "stacks", "stages.ts");
  const change = `Object.assign(stageOf(${JSON.stringify(stage)}), ${JSON.stringify(stageData)});`;
  const setup: Plugin["setup"] = ({ onLoad }) => {
    onLoad({ filter: /\/stacks\/stages\.ts$/ }, ({ path }) =>
      path === file ? { contents: `${readFileSync(path, "utf8")}\n${change}`, loader: "ts" } : null,
    );
  };
  return [{ name: "stage", setup }];
}

/** Without bundles, each function's code is a stub. */
function stubBundles({ bundles = false, work }: Where): Plugin[] {
  if (bundles) return [];
  const folder = join(work, "stubs");
  for (const name of [...Object.keys(topology.functions), ...exampleFunctions]) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "index.mjs"), "export const handler = undefined;");
  }
  const contents = `export const bundles = async () => ${JSON.stringify(folder)};`;
  const setup: Plugin["setup"] = ({ onLoad }) => {
    onLoad({ filter: /\/stacks\/bundles\.ts$/ }, () => ({ contents, loader: "ts" }));
  };
  return [{ name: "stubs", setup }];
}
